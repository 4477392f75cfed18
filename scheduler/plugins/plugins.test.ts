import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from '../../api/schema/generated/core-v1.ts';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { testNode, testPod } from '../../test/support/scheduler-objects.ts';
import { diagnosisMessage, findNode } from '../framework/find-node.ts';
import { ClusterState } from '../snapshot/cluster-state.ts';
import { plugins } from './index.ts';

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly nodes: readonly Node[];
  /** Pods that are there: by the name of their node. */
  readonly running?: Readonly<Record<string, readonly Pod[]>>;
  readonly pod: Pod;
  /** Nodes that one of many tries chooses; a text: why there is none. */
  readonly expect: readonly string[] | string;
}

const host = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';
const taint = (key: string, effect: string, value?: string): Node['spec'] => ({ taints: [{ key, effect, value }] });
const spread = (over: Partial<TopologySpreadConstraint> = {}): Pod['spec'] =>
  ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: zone,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'a' } },
        ...over,
      },
    ],
  }) as unknown as Pod['spec'];
const near = (key: string, app: string): PodAffinityTerm => ({
  topologyKey: key,
  labelSelector: { matchLabels: { app } },
});
const required = (kind: 'podAffinity' | 'podAntiAffinity', key: string, app: string): Pod['spec'] =>
  ({
    affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [near(key, app)] } },
  }) as unknown as Pod['spec'];
const preferred = (kind: 'podAffinity' | 'podAntiAffinity', key: string, app: string): Pod['spec'] =>
  ({
    affinity: {
      [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm: near(key, app) }] },
    },
  }) as unknown as Pod['spec'];
const nodeAffinity = (operator: string, values?: string[], key = 'disk'): Pod['spec'] =>
  ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
        },
      },
    },
  }) as unknown as Pod['spec'];
const disks = [testNode('a', { labels: { disk: 'ssd', size: '10' } }), testNode('b', { labels: { size: '2' } })];
const zones = [testNode('a', { labels: { [zone]: 'x' } }), testNode('b', { labels: { [zone]: 'y' } })];
const two = [testNode('a'), testNode('b')];
const app = (name: string, label = 'a', spec: Pod['spec'] = undefined, metadata = {}): Pod =>
  testPod(name, {
    labels: { app: label },
    spec,
    metadata: { name, namespace: 'default', uid: name, labels: { app: label }, ...metadata },
  });

const noAffinity = "node(s) didn't match Pod's node affinity/selector";
const noPorts = "node(s) didn't have free ports for the requested pod ports";
const noSpread = "node(s) didn't match pod topology spread constraints";
const port = (hostPort: number, over: object = {}): Pod =>
  testPod(`port-${hostPort}`, { container: { ports: [{ containerPort: 80, hostPort, ...over }] } });

const cases: readonly Case[] = [
  {
    name: 'cordoned nodes take nothing',
    plugin: 'NodeUnschedulable',
    nodes: [testNode('a', { spec: { unschedulable: true } })],
    pod: testPod('p'),
    expect: 'node(s) were unschedulable',
  },
  {
    name: 'cordoned nodes take what tolerates it',
    plugin: 'NodeUnschedulable',
    nodes: [testNode('a', { spec: { unschedulable: true } })],
    pod: testPod('p', { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] } }),
    expect: ['a'],
  },
  {
    name: 'the node that the pod names',
    plugin: 'NodeName',
    nodes: two,
    pod: testPod('p', { spec: { nodeName: 'b' } }),
    expect: ['b'],
  },
  {
    name: 'a node that is not there',
    plugin: 'NodeName',
    nodes: [testNode('a')],
    pod: testPod('p', { spec: { nodeName: 'z' } }),
    expect: "node(s) didn't match the requested node name",
  },

  {
    name: 'an untolerated taint',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoSchedule', 'v') })],
    pod: testPod('p'),
    expect: 'node(s) had untolerated taint {k: v}',
  },
  {
    name: 'a taint without a value',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoExecute') })],
    pod: testPod('p'),
    expect: 'node(s) had untolerated taint {k: }',
  },
  {
    name: 'the taint of equal value is tolerated',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoSchedule', 'v') })],
    pod: testPod('p', { spec: { tolerations: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } }),
    expect: ['a'],
  },
  {
    name: 'another value is not',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoSchedule', 'v') })],
    pod: testPod('p', { spec: { tolerations: [{ key: 'k', value: 'w' }] } }),
    expect: 'node(s) had untolerated taint {k: v}',
  },
  {
    name: 'another effect is not',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoSchedule', 'v') })],
    pod: testPod('p', { spec: { tolerations: [{ key: 'k', value: 'v', effect: 'NoExecute' }] } }),
    expect: 'node(s) had untolerated taint {k: v}',
  },
  {
    name: 'Exists without a key tolerates all',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'NoSchedule', 'v') })],
    pod: testPod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }),
    expect: ['a'],
  },
  {
    name: 'a soft taint is avoided',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'PreferNoSchedule') }), testNode('b')],
    pod: testPod('p'),
    expect: ['b'],
  },
  {
    name: 'but taken where nothing else is',
    plugin: 'TaintToleration',
    nodes: [testNode('a', { spec: taint('k', 'PreferNoSchedule') })],
    pod: testPod('p'),
    expect: ['a'],
  },

  {
    name: 'nodeSelector',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: { nodeSelector: { disk: 'ssd' } } }),
    expect: ['a'],
  },
  {
    name: 'nodeSelector that no node has',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: { nodeSelector: { disk: 'tape' } } }),
    expect: noAffinity,
  },
  {
    name: 'In',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('In', ['ssd', 'nvme']) }),
    expect: ['a'],
  },
  {
    name: 'NotIn holds without the label',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('NotIn', ['ssd']) }),
    expect: ['b'],
  },
  {
    name: 'Exists',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('Exists') }),
    expect: ['a'],
  },
  {
    name: 'DoesNotExist',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('DoesNotExist') }),
    expect: ['b'],
  },
  {
    name: 'Gt compares numbers',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('Gt', ['9'], 'size') }),
    expect: ['a'],
  },
  {
    name: 'Lt compares numbers',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', { spec: nodeAffinity('Lt', ['9'], 'size') }),
    expect: ['b'],
  },
  {
    name: 'an empty term matches nothing',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', {
      spec: {
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
      },
    }),
    expect: noAffinity,
  },
  {
    name: 'matchFields by name',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] }],
            },
          },
        },
      },
    }),
    expect: ['b'],
  },
  {
    name: 'preferred terms by weight',
    plugin: 'NodeAffinity',
    nodes: disks,
    pod: testPod('p', {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 9, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
              { weight: 10, preference: { matchExpressions: [{ key: 'disk', operator: 'DoesNotExist' }] } },
            ],
          },
        },
      },
    }),
    expect: ['b'],
  },

  {
    name: 'a host port that is taken',
    plugin: 'NodePorts',
    nodes: [testNode('a')],
    running: { a: [port(8080)] },
    pod: testPod('p', { container: { ports: [{ containerPort: 1, hostPort: 8080 }] } }),
    expect: noPorts,
  },
  {
    name: 'the same port of another protocol',
    plugin: 'NodePorts',
    nodes: [testNode('a')],
    running: { a: [port(8080)] },
    pod: testPod('p', { container: { ports: [{ containerPort: 1, hostPort: 8080, protocol: 'UDP' }] } }),
    expect: ['a'],
  },
  {
    name: 'the same port of another address',
    plugin: 'NodePorts',
    nodes: [testNode('a')],
    running: { a: [port(8080, { hostIP: '127.0.0.1' })] },
    pod: testPod('p', { container: { ports: [{ containerPort: 1, hostPort: 8080, hostIP: '127.0.0.2' }] } }),
    expect: ['a'],
  },
  {
    name: 'all addresses against one',
    plugin: 'NodePorts',
    nodes: [testNode('a')],
    running: { a: [port(8080, { hostIP: '127.0.0.1' })] },
    pod: testPod('p', { container: { ports: [{ containerPort: 1, hostPort: 8080 }] } }),
    expect: noPorts,
  },
  {
    name: 'one address against all',
    plugin: 'NodePorts',
    nodes: [testNode('a')],
    running: { a: [port(8080)] },
    pod: testPod('p', { container: { ports: [{ containerPort: 1, hostPort: 8080, hostIP: '127.0.0.1' }] } }),
    expect: noPorts,
  },

  {
    name: 'room for as many pods',
    plugin: 'NodeResourcesFit',
    nodes: [testNode('a', { allocatable: { pods: '1' } })],
    running: { a: [testPod('x')] },
    pod: testPod('p'),
    expect: 'Too many pods',
  },
  {
    name: 'what others take is gone',
    plugin: 'NodeResourcesFit',
    nodes: [testNode('a')],
    running: { a: [testPod('x', { requests: { cpu: '3' } })] },
    pod: testPod('p', { requests: { cpu: '1001m' } }),
    expect: 'Insufficient cpu',
  },
  {
    name: 'an exact fit',
    plugin: 'NodeResourcesFit',
    nodes: [testNode('a')],
    running: { a: [testPod('x', { requests: { cpu: '3' } })] },
    pod: testPod('p', { requests: { cpu: '1000m' } }),
    expect: ['a'],
  },
  {
    name: 'extended resources',
    plugin: 'NodeResourcesFit',
    nodes: [testNode('a'), testNode('b', { allocatable: { 'example.com/gpu': '1' } })],
    pod: testPod('p', { requests: { 'example.com/gpu': '1' } }),
    expect: ['b'],
  },
  {
    name: 'emptier nodes first',
    plugin: 'NodeResourcesFit',
    nodes: two,
    running: { a: [testPod('x', { requests: { cpu: '1' } })] },
    pod: testPod('p', { requests: { cpu: '1' } }),
    expect: ['b'],
  },
  {
    name: 'pods without requests spread too',
    plugin: 'NodeResourcesFit',
    nodes: two,
    running: { a: [testPod('x')] },
    pod: testPod('p'),
    expect: ['b'],
  },
  {
    name: 'cpu and memory in balance',
    plugin: 'NodeResourcesBalancedAllocation',
    nodes: two,
    running: { a: [testPod('x', { requests: { cpu: '3' } })], b: [testPod('y', { requests: { memory: '4Gi' } })] },
    pod: testPod('p', { requests: { cpu: '1' } }),
    expect: ['b'],
  },

  {
    name: 'a zone that has more',
    plugin: 'PodTopologySpread',
    nodes: zones,
    running: { a: [app('x')] },
    pod: app('p', 'a', spread()),
    expect: ['b'],
  },
  {
    name: 'a skew that is allowed',
    plugin: 'PodTopologySpread',
    nodes: [...zones.slice(0, 1)],
    running: { a: [app('x')] },
    pod: app('p', 'a', spread({ maxSkew: 1 })),
    expect: ['a'],
  },
  {
    name: 'pods of other namespaces do not count',
    plugin: 'PodTopologySpread',
    nodes: zones,
    running: { a: [app('x', 'a', undefined, { namespace: 'other' })], b: [app('y')] },
    pod: app('p', 'a', spread()),
    expect: ['a'],
  },
  {
    name: 'nor those that go away',
    plugin: 'PodTopologySpread',
    nodes: zones,
    running: { a: [app('x', 'a', undefined, { deletionTimestamp: '2026-01-01T00:00:00Z' })], b: [app('y')] },
    pod: app('p', 'a', spread()),
    expect: ['a'],
  },
  {
    name: 'a node without the label',
    plugin: 'PodTopologySpread',
    nodes: two,
    pod: app('p', 'a', spread()),
    expect: `${noSpread} (missing required label)`,
  },
  {
    name: 'too few domains count as an empty one',
    plugin: 'PodTopologySpread',
    nodes: zones,
    running: { a: [app('x')], b: [app('y')] },
    pod: app('p', 'a', spread({ minDomains: 3 })),
    expect: noSpread,
  },
  {
    name: 'domains that the pod cannot use do not count',
    plugin: 'PodTopologySpread',
    nodes: [testNode('a', { labels: { [zone]: 'x', disk: 'ssd' } }), zones[1]!],
    running: { a: [app('x')] },
    pod: app('p', 'a', { ...spread(), nodeSelector: { disk: 'ssd' } } as Pod['spec']),
    expect: ['a', 'b'],
  },
  {
    name: 'softly: the emptier zone',
    plugin: 'PodTopologySpread',
    nodes: zones,
    running: { a: [app('x')] },
    pod: app('p', 'a', spread({ whenUnsatisfiable: 'ScheduleAnyway' })),
    expect: ['b'],
  },
  {
    name: 'softly: a node without the label is the last',
    plugin: 'PodTopologySpread',
    nodes: [zones[0]!, testNode('b')],
    running: { a: [app('x')] },
    pod: app('p', 'a', spread({ whenUnsatisfiable: 'ScheduleAnyway' })),
    expect: ['a'],
  },
  {
    name: 'by default replicas spread over hosts',
    plugin: 'PodTopologySpread',
    nodes: two,
    running: { a: [app('x')] },
    pod: app('p', 'a', undefined, {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'r', controller: true }],
    }),
    expect: ['b'],
  },

  {
    name: 'near what is wanted',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', required('podAffinity', host, 'db')),
    expect: ['b'],
  },
  {
    name: 'in the same zone',
    plugin: 'InterPodAffinity',
    nodes: [
      testNode('a', { labels: { [zone]: 'x' } }),
      testNode('b', { labels: { [zone]: 'x' } }),
      testNode('c', { labels: { [zone]: 'y' } }),
    ],
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', required('podAffinity', zone, 'db')),
    expect: ['a', 'b'],
  },
  {
    name: 'nothing to be near to',
    plugin: 'InterPodAffinity',
    nodes: two,
    pod: app('p', 'web', required('podAffinity', host, 'db')),
    expect: "node(s) didn't match pod affinity rules",
  },
  {
    name: 'the first of its kind goes anywhere',
    plugin: 'InterPodAffinity',
    nodes: two,
    pod: app('p', 'db', required('podAffinity', host, 'db')),
    expect: ['a', 'b'],
  },
  {
    name: 'of its own namespace only',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db', undefined, { namespace: 'other' })] },
    pod: app('p', 'web', required('podAffinity', host, 'db')),
    expect: "node(s) didn't match pod affinity rules",
  },
  {
    name: 'away from what is not wanted',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', required('podAntiAffinity', host, 'db')),
    expect: ['a'],
  },
  {
    name: 'nowhere away from it',
    plugin: 'InterPodAffinity',
    nodes: two.slice(1),
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', required('podAntiAffinity', host, 'db')),
    expect: "node(s) didn't match pod anti-affinity rules",
  },
  {
    name: 'away from what does not want it',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db', required('podAntiAffinity', host, 'web'))] },
    pod: app('p', 'web'),
    expect: ['a'],
  },
  {
    name: 'nowhere away from what does not want it',
    plugin: 'InterPodAffinity',
    nodes: two.slice(1),
    running: { b: [app('x', 'db', required('podAntiAffinity', host, 'web'))] },
    pod: app('p', 'web'),
    expect: "node(s) didn't satisfy existing pods anti-affinity rules",
  },
  {
    name: 'rather near',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', preferred('podAffinity', host, 'db')),
    expect: ['b'],
  },
  {
    name: 'rather apart',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db')] },
    pod: app('p', 'web', preferred('podAntiAffinity', host, 'db')),
    expect: ['a'],
  },
  {
    name: 'where it is rather wanted',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db', preferred('podAffinity', host, 'web'))] },
    pod: app('p', 'web'),
    expect: ['b'],
  },
  {
    name: 'where it is rather not wanted',
    plugin: 'InterPodAffinity',
    nodes: two,
    running: { b: [app('x', 'db', preferred('podAntiAffinity', host, 'web'))] },
    pod: app('p', 'web'),
    expect: ['a'],
  },
];

describe('scheduler plugins', () => {
  it('have names of their own', () => {
    assert.equal(new Set(plugins.map(({ name }) => name)).size, plugins.length);
  });

  for (const { name, plugin, nodes, running = {}, pod, expect } of cases)
    it(`${plugin}: ${name}`, () => {
      const chosen = plugins.filter((entry) => entry.name === plugin);
      assert.equal(chosen.length, 1);
      const state = new ClusterState();
      for (const node of nodes) state.setNode(node);
      for (const [node, pods] of Object.entries(running))
        for (const there of pods) state.setPod({ ...there, spec: { ...there.spec!, nodeName: node } });
      const found = new Set<string>();
      for (let seed = 1; seed <= 20; seed++) {
        const decision = findNode(pod, state, chosen, { start: 0, random: createSeededRandom(seed) });
        found.add(
          decision.kind === 'node'
            ? decision.node.name
            : diagnosisMessage(decision.diagnosis).replace(/^.*available: \d+ (.*)\.$/, '$1'),
        );
      }
      assert.deepEqual([...found].sort(), typeof expect === 'string' ? [expect] : expect);
    });
});
