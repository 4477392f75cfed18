import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Node, NodeCondition, Taint, Toleration } from '../../api/schema/generated/core-v1.ts';
import { NodeZones } from './node-zones.ts';
import { observeNode, planSilentConditions, planTaints, type Eviction } from './plan-node-health.ts';
import { toleratedMs } from './plan-taint-eviction.ts';

const now = '2026-01-01T00:00:00Z';
const nowMs = Date.parse(now);

function node(conditions: readonly Partial<NodeCondition>[] = [], spec: Node['spec'] = {}): Node {
  return {
    metadata: { name: 'a', uid: 'uid', creationTimestamp: '2025-12-31T23:00:00Z' },
    spec,
    status: { conditions: conditions as NodeCondition[] },
  };
}
const ready = (status: string, lastHeartbeatTime?: string): Partial<NodeCondition> => ({
  type: 'Ready',
  status,
  ...(lastHeartbeatTime ? { lastHeartbeatTime } : {}),
});
const allowed: Eviction = { kind: 'limited', allow: () => true };
const held: Eviction = { kind: 'limited', allow: () => false };

describe('observeNode', () => {
  const lease = (renewTime: string): Parameters<typeof observeNode>[1] => ({ metadata: {}, spec: { renewTime } });

  it('counts a node that never reported from its creation', () => {
    assert.equal(observeNode(node(), undefined, undefined, nowMs).heardMs, Date.parse('2025-12-31T23:00:00Z'));
  });

  it('hears heartbeats and renewals, once each', () => {
    const first = observeNode(node([ready('True', '1')]), lease('1'), undefined, 1000);
    assert.equal(first.heardMs, 1000);
    const second = observeNode(node([ready('True', '1')]), lease('1'), first, 2000);
    assert.equal(second.heardMs, 1000);
    assert.equal(observeNode(node([ready('True', '2')]), lease('1'), second, 3000).heardMs, 3000);
    assert.equal(observeNode(node([ready('True', '1')]), lease('2'), second, 3000).heardMs, 3000);
  });

  it('forgets what it knows of another node of that name', () => {
    const before = { uid: 'other', heardMs: 5 };
    assert.equal(observeNode(node([ready('True')]), undefined, before, nowMs).heardMs, nowMs);
  });
});

describe('planSilentConditions', () => {
  it('makes unknown what the kubelet told, and leaves the rest', () => {
    const network = { type: 'NetworkUnavailable', status: 'False' };
    const planned = planSilentConditions(node([ready('True'), network]), now)!;
    assert.deepEqual(
      planned.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
      [
        'Ready Unknown NodeStatusUnknown',
        'NetworkUnavailable False undefined',
        'MemoryPressure Unknown NodeStatusNeverUpdated',
        'DiskPressure Unknown NodeStatusNeverUpdated',
        'PIDPressure Unknown NodeStatusNeverUpdated',
      ],
    );
    assert.equal(planSilentConditions(node(planned), now), undefined);
  });
});

describe('planTaints', () => {
  const text = (taints: readonly Taint[] | undefined): string[] | undefined =>
    taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);
  const taint = (key: string, effect: string): Taint => ({ key, effect });
  const unreachable = taint('node.kubernetes.io/unreachable', 'NoExecute');
  const cases: {
    readonly name: string;
    readonly node: Node;
    readonly eviction?: Eviction;
    readonly taints: string[] | undefined;
  }[] = [
    { name: 'a good node has none', node: node([ready('True')]), taints: undefined },
    {
      name: 'one that is not ready takes no pods and loses those it has',
      node: node([ready('False')]),
      taints: ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    },
    {
      name: 'it keeps its pods for now where too many fail',
      node: node([ready('Unknown')]),
      eviction: held,
      taints: ['unreachable:NoSchedule'],
    },
    {
      name: 'one kind of failure takes the place of the other without asking',
      node: node([ready('False')], { taints: [unreachable] }),
      eviction: held,
      taints: ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    },
    {
      name: 'a node that is ready again loses them',
      node: node([ready('True')], { taints: [unreachable] }),
      taints: [],
    },
    {
      name: 'nobody is driven off where no node at all is ready',
      node: node([ready('Unknown')], { taints: [unreachable] }),
      eviction: { kind: 'clear' },
      taints: ['unreachable:NoSchedule'],
    },
    {
      name: 'pressure and cordons keep new pods off',
      node: node([ready('True'), { type: 'DiskPressure', status: 'True' }], { unschedulable: true }),
      taints: ['disk-pressure:NoSchedule', 'unschedulable:NoSchedule'],
    },
    {
      name: "others' taints stay",
      node: node([ready('True')], { taints: [taint('gpu', 'NoExecute'), unreachable] }),
      taints: ['gpu:NoExecute'],
    },
  ];
  for (const { name, node: subject, eviction = allowed, taints } of cases)
    it(name, () => assert.deepEqual(text(planTaints(subject, eviction, now).taints), taints));
});

describe('NodeZones', () => {
  const zonesOf = (readyNodes: number, otherNodes: number, zone = ''): NodeZones => {
    const zones = new NodeZones();
    for (let i = 0; i < readyNodes; i++) zones.set(`r${i}`, zone, true);
    for (let i = 0; i < otherNodes; i++) zones.set(`n${i}`, zone, false);
    return zones;
  };

  it('slows down as more nodes of a zone fail', () => {
    assert.equal(zonesOf(3, 1).qpsOf(''), 0.1);
    assert.equal(zonesOf(2, 3).qpsOf(''), 0);
    assert.equal(zonesOf(40, 60).qpsOf(''), 0.01);
  });

  it('stops where no node of any zone is ready', () => {
    const zones = zonesOf(0, 2, 'east');
    assert.ok(zones.isAllDisrupted);
    assert.equal(zones.qpsOf('east'), 0);
    zones.set('west-1', 'west', true);
    assert.ok(!zones.isAllDisrupted);
    assert.equal(zones.qpsOf('east'), 0.1);
    zones.delete('west-1');
    assert.ok(zones.isAllDisrupted);
  });

  it('says nothing of no nodes', () => assert.ok(!new NodeZones().isAllDisrupted));
});

describe('toleratedMs', () => {
  const taint = (key: string): Taint => ({ key, effect: 'NoExecute' });
  const until = (key: string, tolerationSeconds?: number): Toleration => ({
    key,
    operator: 'Exists',
    tolerationSeconds,
  });
  const cases: [string, Toleration[], Taint[], number | undefined][] = [
    ['no toleration: at once', [], [taint('a')], 0],
    ['one of two tolerated: at once', [until('a')], [taint('a'), taint('b')], 0],
    ['for ever', [until('a')], [taint('a')], undefined],
    ['the shortest time counts', [until('a', 30), until('b', 10)], [taint('a'), taint('b')], 10_000],
    ['less than nothing is nothing', [until('a', -1)], [taint('a')], 0],
  ];
  for (const [name, tolerations, taints, ms] of cases)
    it(name, () => assert.equal(toleratedMs({ metadata: {}, spec: { containers: [], tolerations } }, taints), ms));
});
