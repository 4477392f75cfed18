import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import type { Lease } from '../api/schema/generated/coordination-v1.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { createSmallApi, type SmallApi } from '../test/support/small-api.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import { createLeaderElector, LeadershipLostError, type LeaderElector } from './leader-election.ts';
import { createClient } from './rest-client.ts';
import { TransportError } from './transport.ts';

const collection = '/apis/coordination.k8s.io/v1/leases';

describe('leader election', () => {
  let api: SmallApi;
  let clock: FakeClock;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;

  beforeEach(() => {
    api = createSmallApi();
    clock = createFakeClock();
    deps = createTestDeps({ clock });
  });

  const lease = (): Lease | undefined => api.get(collection, 'kube-scheduler', 'kube-system') as Lease | undefined;
  const holder = (): string | undefined => lease()?.spec?.holderIdentity;

  interface Candidate {
    readonly elector: LeaderElector;
    readonly ended: Promise<unknown>;
    stop(): void;
    leads(): boolean;
  }

  /** A candidate that leads until it is told to stop; `slowStopMs` is how long it takes to. */
  function start(identity: string, slowStopMs = 0): Candidate {
    const stop = new AbortController();
    let isLeading = false;
    const elector = createLeaderElector(
      {
        lease: { namespace: 'kube-system', name: 'kube-scheduler' },
        identity,
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
      },
      createClient({ transport: createInProcessTransport(api.handle), deps }),
      deps,
    );
    const lead = async (signal: AbortSignal): Promise<void> => {
      isLeading = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      if (slowStopMs) await clock.sleep(slowStopMs);
      isLeading = false;
    };
    const ended = elector.run(lead, stop.signal).then(
      () => 'stopped',
      (error: unknown) => error,
    );
    return { elector, ended, stop: () => stop.abort(new Error('stopped')), leads: () => isLeading };
  }

  it('takes a lease that nobody has, renews it, and gives it back at the end', async () => {
    const one = start('one');
    await until(() => one.leads());
    assert.equal(one.elector.isLeader, true);
    const first = lease()!;
    assert.equal(first.spec?.holderIdentity, 'one');
    assert.equal(first.spec?.leaseDurationSeconds, 15);
    assert.equal(first.spec?.leaseTransitions, 0);
    assert.match(first.spec?.acquireTime ?? '', /^2026-01-01T00:00:00\.000000Z$/);
    await clock.advance(2000);
    assert.equal(lease()?.spec?.renewTime, '2026-01-01T00:00:02.000000Z');
    assert.equal(lease()?.spec?.acquireTime, first.spec?.acquireTime);
    await clock.advance(60_000);
    assert.equal(holder(), 'one');
    one.stop();
    assert.equal(await one.ended, 'stopped');
    assert.equal(holder(), '');
    assert.equal(lease()?.spec?.leaseDurationSeconds, 1);
    assert.equal(one.elector.isLeader, false);
  });

  it('leads with one at a time; a stop hands over within a retry period', async () => {
    const one = start('one');
    await until(() => one.leads());
    const two = start('two');
    await clock.advance(60_000);
    assert.deepEqual([one.leads(), two.leads()], [true, false]);
    one.stop();
    await one.ended;
    assert.equal(two.leads(), false);
    await clock.advance(2400);
    assert.equal(two.leads(), true);
    assert.equal(lease()?.spec?.leaseTransitions, 1);
    two.stop();
    await two.ended;
  });

  it('takes over from one that is gone only when its lease is over, counted on our own clock', async () => {
    api.put(collection, {
      metadata: { namespace: 'kube-system', name: 'kube-scheduler' },
      spec: {
        holderIdentity: 'gone',
        leaseDurationSeconds: 15,
        // its clock is an hour behind: the times in the lease must not matter
        acquireTime: '2025-12-31T23:00:00.000000Z',
        renewTime: '2025-12-31T23:00:00.000000Z',
        leaseTransitions: 4,
      },
    } as Lease);
    const one = start('one');
    await clock.advance(14_000);
    assert.equal(one.leads(), false);
    await clock.advance(4_000);
    assert.equal(one.leads(), true);
    assert.equal(lease()?.spec?.leaseTransitions, 5);
    one.stop();
    await one.ended;
  });

  it('stops leading when it could not renew in time, before anybody else may begin', async () => {
    const one = start('one');
    await until(() => one.leads());
    const since = clock.monotonicMs();
    api.failure = new TransportError('PUT', 'x', new Error('connection refused'));
    const turning = until(async () => (await clock.advanceToNext(), !one.leads()));
    await turning;
    const error = await one.ended;
    assert.ok(error instanceof LeadershipLostError);
    assert.match(error.message, /could not be renewed within 10s/);
    const elapsed = clock.monotonicMs() - since;
    assert.ok(elapsed >= 10_000 && elapsed < 15_000, String(elapsed));
    assert.equal(one.elector.isLeader, false);
  });

  it('outlives a short outage', async () => {
    const one = start('one');
    await until(() => one.leads());
    api.failure = new ApiError('InternalError', 'etcd has no leader');
    await clock.advance(6000);
    api.failure = undefined;
    await clock.advance(60_000);
    assert.equal(one.leads(), true);
    one.stop();
    await one.ended;
  });

  it('stops leading at once when somebody else took the lease', async () => {
    const one = start('one');
    await until(() => one.leads());
    api.put(collection, { ...lease()!, spec: { ...lease()!.spec, holderIdentity: 'thief', renewTime: 'x' } } as Lease);
    await clock.advance(2000);
    const error = await one.ended;
    assert.ok(error instanceof LeadershipLostError);
    assert.match(error.message, /taken by thief/);
    assert.equal(holder(), 'thief');
  });

  it('keeps on when another writer touched the lease without taking it', async () => {
    const one = start('one');
    await until(() => one.leads());
    api.put(collection, { ...lease()!, metadata: { ...lease()!.metadata, labels: { a: 'b' } } });
    await clock.advance(4000);
    assert.equal(one.leads(), true);
    assert.deepEqual(lease()?.metadata.labels, { a: 'b' });
    one.stop();
    await one.ended;
  });

  it('keeps renewing while the work stops', async () => {
    const one = start('one', 30_000);
    await until(() => one.leads());
    const two = start('two');
    one.stop();
    await clock.advance(28_000);
    assert.deepEqual([one.leads(), two.leads(), holder()], [true, false, 'one']);
    await clock.advance(5_000);
    assert.equal(await one.ended, 'stopped');
    assert.equal(two.leads(), true);
    two.stop();
    await two.ended;
  });

  it('gives the lease back and passes on what the work threw', async () => {
    const elector = createLeaderElector(
      {
        lease: { namespace: 'kube-system', name: 'kube-scheduler' },
        identity: 'one',
        leaseDurationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryPeriodMs: 2_000,
      },
      createClient({ transport: createInProcessTransport(api.handle), deps }),
      deps,
    );
    const failing = elector.run(() => Promise.reject(new Error('work failed')), new AbortController().signal);
    await assert.rejects(failing, /work failed/);
    assert.equal(holder(), '');
  });

  it('ends at once when it is stopped while it waits', async () => {
    const one = start('one');
    await until(() => one.leads());
    const two = start('two');
    await clock.waitForPending(2);
    two.stop();
    assert.equal(await two.ended, 'stopped');
    assert.equal(holder(), 'one');
    one.stop();
    await one.ended;
  });

  it('is unhealthy as a leader that neither renewed nor stopped', async () => {
    const one = start('one', 60_000);
    await until(() => one.leads());
    api.failure = new TransportError('PUT', 'x', new Error('connection refused'));
    await clock.advance(34_000);
    await one.elector.healthCheck.check();
    await clock.advance(2_000);
    assert.throws(() => one.elector.healthCheck.check(), /failed election to renew leadership/);
    await clock.advance(60_000);
    await one.ended;
    await one.elector.healthCheck.check();
  });

  it('shows who leads', async () => {
    const one = start('one');
    await until(() => one.leads());
    assert.match(await deps.metrics.metrics(), /leader_election_master_status{name="kube-scheduler"} 1/);
    one.stop();
    await one.ended;
    assert.match(await deps.metrics.metrics(), /leader_election_master_status{name="kube-scheduler"} 0/);
  });

  it('refuses durations that cannot work', () => {
    const at = { lease: { namespace: 'a', name: 'b' }, identity: 'x' };
    const client = createClient({ transport: createInProcessTransport(api.handle) });
    const make = (leaseDurationMs: number, renewDeadlineMs: number, retryPeriodMs: number) => () =>
      createLeaderElector({ ...at, leaseDurationMs, renewDeadlineMs, retryPeriodMs }, client, deps);
    assert.throws(make(10, 10, 1), /lease duration/);
    assert.throws(make(15, 10, 9), /renew deadline/);
  });
});
