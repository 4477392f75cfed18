import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Deployment, ReplicaSet } from '../../api/schema/generated/apps-v1.ts';
import {
  isScalingEvent,
  planCleanup,
  planRecreate,
  planRollingUpdate,
  planScale,
  rolloutLimits,
  splitReplicaSets,
  type Scaling,
} from './plan-deployment.ts';
import { planDeploymentStatus } from './plan-deployment-status.ts';

type Strategy = NonNullable<NonNullable<Deployment['spec']>['strategy']>;

function deployment(
  replicas: number,
  strategy: Strategy = {},
  extra: Partial<NonNullable<Deployment['spec']>> = {},
): Deployment {
  return {
    metadata: { namespace: 'a', name: 'web', uid: 'd', generation: 2 },
    spec: {
      replicas,
      selector: {},
      strategy,
      template: { spec: { containers: [{ name: 'c', image: 'new' }] } },
      ...extra,
    },
  };
}

function replicaSet(
  name: string,
  size: number,
  options: { available?: number; image?: string; age?: number; desired?: number; max?: number; revision?: number } = {},
): ReplicaSet {
  const { available = size, image = 'old', age = 0, desired, max, revision } = options;
  return {
    metadata: {
      name,
      generation: 1,
      creationTimestamp: new Date(1_700_000_000_000 - age * 1000).toISOString(),
      annotations: {
        ...(desired === undefined ? {} : { 'deployment.kubernetes.io/desired-replicas': String(desired) }),
        ...(max === undefined ? {} : { 'deployment.kubernetes.io/max-replicas': String(max) }),
        ...(revision === undefined ? {} : { 'deployment.kubernetes.io/revision': String(revision) }),
      },
    },
    spec: {
      replicas: size,
      selector: {},
      template: { metadata: { labels: { 'pod-template-hash': name } }, spec: { containers: [{ name: 'c', image }] } },
    },
    status: { replicas: size, availableReplicas: available, observedGeneration: 1 },
  };
}

const sizes = (scalings: readonly Scaling[]): Record<string, number> =>
  Object.fromEntries(scalings.map(({ replicaSet: { metadata }, replicas }) => [metadata.name, replicas]));

describe('rolloutLimits', () => {
  for (const [what, replicas, rollingUpdate, limits] of [
    ['a quarter by default, surge up and unavailable down', 10, undefined, { maxSurge: 3, maxUnavailable: 2 }],
    ['never zero both ways', 1, { maxSurge: 0, maxUnavailable: '25%' }, { maxSurge: 0, maxUnavailable: 1 }],
    ['not more unavailable than there are', 2, { maxSurge: 1, maxUnavailable: 5 }, { maxSurge: 1, maxUnavailable: 2 }],
  ] as const) {
    it(`are ${what}`, () => assert.deepEqual(rolloutLimits(deployment(replicas, { rollingUpdate })), limits));
  }
});

describe('splitReplicaSets', () => {
  it('knows the current one by its template, without the hash, and the oldest of several', () => {
    const younger = replicaSet('younger', 1, { image: 'new' });
    const older = replicaSet('older', 1, { image: 'new', age: 10 });
    const old = replicaSet('old', 1);
    const { current, old: others } = splitReplicaSets(deployment(1), [younger, old, older]);
    assert.equal(current?.metadata.name, 'older');
    assert.deepEqual(new Set(others.map((r) => r.metadata.name)), new Set(['younger', 'old']));
  });
});

describe('planRollingUpdate', () => {
  const cases: [
    what: string,
    replicas: number,
    strategy: Strategy,
    current: ReplicaSet,
    old: ReplicaSet[],
    expected: Record<string, number>,
  ][] = [
    ['grows the new one into the surge first', 10, {}, replicaSet('new', 0), [replicaSet('old', 10)], { new: 3 }],
    [
      'shrinks the old one while the new one is not available yet',
      10,
      {},
      replicaSet('new', 3, { available: 0 }),
      [replicaSet('old', 10)],
      { old: 8 },
    ],
    [
      'stops where fewer would be available than allowed',
      10,
      {},
      replicaSet('new', 5, { available: 0 }),
      [replicaSet('old', 8)],
      {},
    ],
    [
      'goes on as new pods become available',
      10,
      {},
      replicaSet('new', 5, { available: 3 }),
      [replicaSet('old', 8)],
      { old: 5 },
    ],
    [
      'takes broken pods of old templates first',
      3,
      { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      replicaSet('new', 1, { available: 0 }),
      [replicaSet('broken', 1, { available: 0, age: 1 }), replicaSet('good', 2, { age: 2 })],
      { broken: 0 },
    ],
    ['shrinks the new one when fewer are wanted', 2, {}, replicaSet('new', 5), [], { new: 2 }],
    ['does nothing once all is done', 3, {}, replicaSet('new', 3), [replicaSet('old', 0)], {}],
  ];
  for (const [what, replicas, strategy, current, old, expected] of cases)
    it(what, () =>
      assert.deepEqual(sizes(planRollingUpdate(deployment(replicas, strategy), { current, old })), expected),
    );

  it('comes to an end from any beginning, never below what must be available and never above the surge', () => {
    for (let replicas = 1; replicas <= 7; replicas++) {
      const wanted = deployment(replicas);
      const { maxSurge, maxUnavailable } = rolloutLimits(wanted);
      let [current, old] = [replicaSet('new', 0), replicaSet('old', replicas)];
      for (let step = 0; step < 50 && (old.spec!.replicas! > 0 || current.spec!.replicas! < replicas); step++) {
        const plan = planRollingUpdate(wanted, { current, old: [old] });
        const next = sizes(plan);
        // Every pod that was asked for in the last step has become available meanwhile.
        current = replicaSet('new', next['new'] ?? current.spec!.replicas!);
        old = replicaSet('old', next['old'] ?? old.spec!.replicas!);
        const total = current.spec!.replicas! + old.spec!.replicas!;
        assert.ok(total <= replicas + maxSurge && total >= replicas - maxUnavailable, `${total} of ${replicas}`);
      }
      assert.deepEqual([current.spec!.replicas, old.spec!.replicas], [replicas, 0]);
    }
  });
});

describe('planRecreate', () => {
  it('lets the new one begin only when the old pods are gone', () => {
    const wanted = deployment(2, { type: 'Recreate' });
    const [current, old] = [replicaSet('new', 0), replicaSet('old', 2)];
    assert.deepEqual(sizes(planRecreate(wanted, { current, old: [old] }, true)), { old: 0 });
    assert.deepEqual(sizes(planRecreate(wanted, { current, old: [replicaSet('old', 0)] }, true)), {});
    assert.deepEqual(sizes(planRecreate(wanted, { current, old: [replicaSet('old', 0)] }, false)), { new: 2 });
  });
});

describe('planScale', () => {
  it('gives all to the only active one', () => {
    assert.deepEqual(sizes(planScale(deployment(5), { current: replicaSet('new', 2), old: [replicaSet('old', 0)] })), {
      new: 5,
    });
  });

  it('keeps the mix in the middle of a rollout, the rest to the largest', () => {
    const current = replicaSet('new', 5, { max: 13, desired: 10 });
    const old = replicaSet('old', 8, { max: 13, desired: 10, age: 5 });
    const scaled = sizes(planScale(deployment(20), { current, old: [old] }));
    assert.equal(scaled['new']! + scaled['old']!, 25);
    assert.ok(scaled['old']! > scaled['new']!);
  });

  it('is asked for when the wanted number is not the one the ReplicaSets know', () => {
    assert.equal(isScalingEvent(deployment(3), { current: replicaSet('new', 2, { desired: 2 }), old: [] }), true);
    assert.equal(isScalingEvent(deployment(2), { current: replicaSet('new', 2, { desired: 2 }), old: [] }), false);
  });
});

describe('planCleanup', () => {
  it('removes the oldest empty revisions beyond the limit', () => {
    const old = [1, 2, 3].map((revision) => replicaSet(`r${revision}`, 0, { revision }));
    const names = planCleanup(deployment(1, {}, { revisionHistoryLimit: 1 }), old).map((r) => r.metadata.name);
    assert.deepEqual(names, ['r1', 'r2']);
    assert.deepEqual(planCleanup(deployment(1, {}, { revisionHistoryLimit: 0 }), [replicaSet('busy', 1)]), []);
  });
});

describe('planDeploymentStatus', () => {
  const nowMs = Date.parse('2026-01-01T00:10:00Z');
  const now = '2026-01-01T00:10:00Z';
  const reasons = (
    wanted: Deployment,
    current: ReplicaSet | undefined,
    options: { created?: boolean } = {},
  ): Record<string, string | undefined> => {
    const { status } = planDeploymentStatus(wanted, { current, old: [] }, { nowMs, now, ...options });
    return Object.fromEntries(
      (status.conditions ?? []).map(({ type, status: value, reason }) => [type, `${value} ${reason}`]),
    );
  };
  const limited = (progressing?: { reason: string; lastUpdateTime: string }): Deployment => ({
    ...deployment(1, {}, { progressDeadlineSeconds: 60 }),
    status: {
      replicas: 1,
      updatedReplicas: 1,
      conditions: progressing ? [{ type: 'Progressing', status: 'True', ...progressing }] : [],
    },
  });

  it('is available and has progressed when all pods are there', () => {
    assert.deepEqual(reasons(limited(), replicaSet('new', 1)), {
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
  });

  it('says that a ReplicaSet was created', () => {
    assert.equal(
      reasons(limited(), replicaSet('new', 1, { available: 0 }), { created: true })['Progressing'],
      'True NewReplicaSetCreated',
    );
  });

  it('times out where nothing moves within the deadline', () => {
    const stuck = limited({ reason: 'ReplicaSetUpdated', lastUpdateTime: '2026-01-01T00:08:59Z' });
    assert.equal(
      reasons(stuck, replicaSet('new', 1, { available: 0 }))['Progressing'],
      'False ProgressDeadlineExceeded',
    );
    const waiting = limited({ reason: 'ReplicaSetUpdated', lastUpdateTime: '2026-01-01T00:09:30Z' });
    const { deadlineMs } = planDeploymentStatus(
      waiting,
      { current: replicaSet('new', 1, { available: 0 }), old: [] },
      { nowMs, now },
    );
    assert.equal(deadlineMs, Date.parse('2026-01-01T00:10:30Z'));
  });

  it('never times out a rollout that was complete: a pod that falls over is availability', () => {
    const complete = limited({ reason: 'NewReplicaSetAvailable', lastUpdateTime: '2025-01-01T00:00:00Z' });
    assert.deepEqual(reasons(complete, replicaSet('new', 1, { available: 0 })), {
      Available: 'False MinimumReplicasUnavailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
  });
});
