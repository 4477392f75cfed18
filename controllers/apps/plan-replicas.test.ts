import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ReplicaSet } from '../../api/schema/generated/apps-v1.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { burstReplicas, planReplicas, planReplicaSetStatus } from './plan-replicas.ts';

interface PodShape {
  readonly phase?: string;
  readonly node?: string;
  readonly readySince?: string;
  readonly cost?: number;
  readonly isGoing?: boolean;
}

function pod(name: string, { phase = 'Running', node, readySince, cost, isGoing }: PodShape = {}): Pod {
  return {
    metadata: {
      name,
      uid: name,
      labels: { app: 'web' },
      ...(isGoing ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': `${cost}` } }),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      ...(readySince ? { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: readySince }] } : {}),
    },
  };
}
const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:30:00Z';
const ready = (name: string, more: PodShape = {}): Pod => pod(name, { node: 'n1', readySince: early, ...more });

describe('planReplicas', () => {
  const cases: [string, number, Pod[], number, string[]][] = [
    ['makes what is missing', 3, [ready('a')], 2, []],
    ['makes no more than a burst at once', 2_000, [], burstReplicas, []],
    [
      'does not count pods that have ended or go',
      2,
      [pod('a', { phase: 'Failed' }), pod('b', { isGoing: true })],
      2,
      [],
    ],
    ['is content', 1, [ready('a')], 0, []],
    ['removes those without a node first', 1, [ready('a'), pod('b', { phase: 'Pending' })], 0, ['b']],
    ['then those that do not run', 1, [ready('a'), pod('b', { phase: 'Pending', node: 'n2' })], 0, ['b']],
    ['then those that are not ready', 1, [ready('a'), pod('b', { node: 'n2' })], 0, ['b']],
    ['then the cheaper', 1, [ready('a', { cost: 5 }), ready('b', { cost: -5 })], 0, ['b']],
    [
      'then from the node with most of them',
      2,
      [ready('a', { node: 'n2', readySince: late }), ready('b'), ready('c')],
      0,
      ['b'],
    ],
    ['then the one that became ready last', 1, [ready('a'), ready('b', { readySince: late })], 0, ['b']],
  ];
  for (const [name, replicas, pods, create, remove] of cases)
    it(name, () => {
      const plan = planReplicas(replicas, pods, pods);
      assert.equal(plan.create, create);
      assert.deepEqual(
        plan.remove.map(({ metadata }) => metadata.name),
        remove,
      );
    });
});

describe('planReplicaSetStatus', () => {
  const replicaSet = (minReadySeconds = 0): ReplicaSet => ({
    metadata: { name: 'web', generation: 2 },
    spec: {
      replicas: 2,
      minReadySeconds,
      selector: {},
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
    },
  });
  const at = { nowMs: Date.parse(late), now: late };

  it('counts', () => {
    const { status, nextChangeMs } = planReplicaSetStatus(
      replicaSet(),
      [ready('a'), pod('b'), pod('c', { isGoing: true }), pod('d', { phase: 'Succeeded' })],
      at,
    );
    assert.deepEqual(status, {
      replicas: 2,
      fullyLabeledReplicas: 2,
      readyReplicas: 1,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 2,
    });
    assert.equal(nextChangeMs, undefined);
  });

  it('knows when a pod will be available', () => {
    const { status, nextChangeMs } = planReplicaSetStatus(replicaSet(3_600), [ready('a')], at);
    assert.equal(status.availableReplicas, undefined);
    assert.equal(nextChangeMs, Date.parse('2026-01-01T01:00:00Z'));
  });

  it('tells why pods cannot be made, until they can', () => {
    const failure = { reason: 'FailedCreate', message: 'no' } as const;
    const failing = planReplicaSetStatus(replicaSet(), [], { ...at, failure }).status;
    assert.equal(failing.conditions?.[0]?.reason, 'FailedCreate');
    assert.equal(planReplicaSetStatus({ ...replicaSet(), status: failing }, [], at).status.conditions, undefined);
  });
});
