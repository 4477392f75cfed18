import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Container, PodSpec } from '../api/schema/generated/core-v1.ts';
import { admitPod, podRequests } from './admission.ts';
import type { ReadonlyPod } from './pods/pod.ts';

const podOf = (spec: Partial<PodSpec>): ReadonlyPod => ({ metadata: { name: 'p' }, spec: { containers: [], ...spec } });
const asking = (requests: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests },
  ...more,
});
const node = { name: 'n1', labels: { zone: 'a', size: '4' }, allocatable: { cpu: '2', memory: '1Gi', pods: '3' } };

describe('admission at the node', () => {
  const required = (key: string, operator: string, values?: string[]): Partial<PodSpec> => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key, operator, values }] }],
        },
      },
    },
  });
  const port = (hostPort: number, protocol = 'TCP', hostIP?: string): Partial<PodSpec> => ({
    containers: [{ name: 'c', ports: [{ containerPort: 1, hostPort, protocol, hostIP }] }],
  });
  const cases: [name: string, pod: Partial<PodSpec>, others: Partial<PodSpec>[], expected: string][] = [
    ['fits', { containers: [asking({ cpu: '1' })] }, [{ containers: [asking({ cpu: '1' })] }], 'admitted'],
    [
      'too much CPU',
      { containers: [asking({ cpu: '1500m' })] },
      [{ containers: [asking({ cpu: '600m' })] }],
      "OutOfcpu: Node didn't have enough resource: cpu, requested: 1500, used: 600, capacity: 2000",
    ],
    [
      'too much memory',
      { containers: [asking({ memory: '2Gi' })] },
      [],
      "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: 1073741824",
    ],
    [
      'a resource the node does not have',
      { containers: [asking({ 'example.com/gpu': '1' })] },
      [],
      "OutOfexample.com/gpu: Node didn't have enough resource: example.com/gpu, requested: 1, used: 0, capacity: 0",
    ],
    [
      'too many pods',
      {},
      [{}, {}, {}],
      "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    ],
    ['node selector', { nodeSelector: { zone: 'a' } }, [], 'admitted'],
    [
      'another node selector',
      { nodeSelector: { zone: 'b' } },
      [],
      "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    ['affinity In', required('zone', 'In', ['a', 'b']), [], 'admitted'],
    [
      'affinity NotIn',
      required('zone', 'NotIn', ['a']),
      [],
      "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    ['affinity Exists', required('zone', 'Exists'), [], 'admitted'],
    ['affinity DoesNotExist', required('other', 'DoesNotExist'), [], 'admitted'],
    ['affinity Gt', required('size', 'Gt', ['3']), [], 'admitted'],
    [
      'affinity Lt',
      required('size', 'Lt', ['3']),
      [],
      "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    [
      'a port that is taken',
      port(80),
      [port(80)],
      "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ],
    ['of another protocol', port(80, 'UDP'), [port(80)], 'admitted'],
    ['on another address', port(80, 'TCP', '10.0.0.1'), [port(80, 'TCP', '10.0.0.2')], 'admitted'],
    [
      'on every address',
      port(80),
      [port(80, 'TCP', '10.0.0.2')],
      "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    ],
  ];
  for (const [name, pod, others, expected] of cases) {
    it(name, () => {
      const decision = admitPod(podOf(pod), others.map(podOf), node);
      assert.equal(decision.admitted ? 'admitted' : `${decision.reason}: ${decision.message}`, expected);
    });
  }
});

describe('what a pod asks for', () => {
  it('counts init containers by the greediest, beside sidecars started before', () => {
    assert.deepEqual(
      podRequests(
        podOf({
          containers: [asking({ cpu: '100m' }), asking({ cpu: '200m', memory: '1Mi' })],
          initContainers: [
            asking({ cpu: '50m' }, { restartPolicy: 'Always' }),
            asking({ cpu: '500m' }),
            asking({ cpu: '20m' }, { restartPolicy: 'Always' }),
          ],
          overhead: { cpu: '5m' },
        }),
      ),
      { cpu: '555m', memory: '1Mi' },
    );
  });
});
