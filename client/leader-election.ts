import { hasReason } from '../api/meta/errors.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';
import type { Lease } from '../api/schema/generated/coordination-v1.ts';
import { createBackoff } from '../component/backoff.ts';
import { formatMicroTime } from '../component/clock.ts';
import type { Deps } from '../component/deps.ts';
import { FlagError } from '../component/flags.ts';
import type { HealthCheck } from '../component/health.ts';
import { gauge } from '../component/metrics.ts';
import { withTimeLimit } from '../component/time-limit.ts';
import type { Client } from './client.ts';
import { createRetry } from './retry.ts';

const leases: ResourceRef<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
};

export interface LeaderElectionOptions {
  /** Upstream's: `kube-scheduler` or `kube-controller-manager` in `kube-system`. */
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Who we are, unique: see `newIdentity`. */
  readonly identity: string;
  /** Others wait this long after they last saw a renewal. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew for this long gives up; less than the lease's duration. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
}

/** The lease went to somebody else or could not be renewed in time: what ran as leader was stopped. */
export class LeadershipLostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'LeadershipLostError';
  }
}

export interface LeaderElector {
  readonly isLeader: boolean;
  /** Fails where a leader has not renewed though its lease is over; named `leaderElection` as upstream's. */
  readonly healthCheck: HealthCheck;
  /**
   * Waits to become leader, then runs `lead` with a signal that aborts when `signal` does or leadership is lost.
   * Resolves after an orderly stop, with the lease given back so that another can take it at once. Rejects with
   * LeadershipLostError when it was lost, or with what `lead` threw; `lead` has ended by then.
   */
  run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Waits between attempts differ by up to this factor, so that candidates do not all try at once. */
const jitterFactor = 1.2;

/** FlagError where the durations cannot work together. */
export function createLeaderElector(options: LeaderElectionOptions, client: Client, deps: Deps): LeaderElector {
  const { lease: at, identity, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = options;
  if (leaseDurationMs <= renewDeadlineMs) {
    throw new FlagError('the leader election lease duration must be greater than the renew deadline');
  }
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor) {
    throw new FlagError('the leader election renew deadline must be greater than the retry period times 1.2');
  }
  const { clock } = deps;
  const log = deps.log.child({ lease: `${at.namespace}/${at.name}` });
  const status = gauge(deps.metrics, {
    name: 'leader_election_master_status',
    help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
    labelNames: ['name'],
  });
  status.set({ name: at.name }, 0);

  let isLeader = false;
  /** The lease as last seen, and when (on our own clock: those of others do not matter) it was first seen so. */
  let observed: { readonly lease: Lease; readonly atMs: number } | undefined;
  let renewedAtMs = 0;

  const observe = (lease: Lease, isOwn: boolean): void => {
    if (!isOwn && observed && sameRecord(observed.lease, lease)) {
      observed = { lease, atMs: observed.atMs };
      return;
    }
    const before = observed?.lease.spec?.holderIdentity ?? '';
    const holder = lease.spec?.holderIdentity ?? '';
    observed = { lease, atMs: clock.monotonicMs() };
    if (holder !== before && holder !== '' && holder !== identity) log.info('another is leader', { holder });
  };

  const record = (old: Lease | undefined): Lease => {
    const spec = old?.spec;
    const now = formatMicroTime(clock.now());
    const isRenewal = spec?.holderIdentity === identity;
    return {
      ...old,
      metadata: old?.metadata ?? { namespace: at.namespace, name: at.name },
      spec: {
        ...spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.max(1, Math.floor(leaseDurationMs / 1000)),
        acquireTime: isRenewal ? (spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: (spec?.leaseTransitions ?? 0) + (old && !isRenewal ? 1 : 0),
      },
    };
  };

  /** One attempt to take or keep the lease; false where somebody else has it. Throws where the server cannot tell. */
  const tryAcquireOrRenew = async (signal: AbortSignal): Promise<boolean> => {
    // A leader's own copy is most likely the newest: one request a renewal.
    if (isLeader && observed?.lease.spec?.holderIdentity === identity) {
      try {
        observe(await client.update(leases, record(observed.lease), { signal }), true);
        renewedAtMs = clock.monotonicMs();
        return true;
      } catch (error) {
        if (!hasReason(error, 'Conflict', 'NotFound')) throw error;
      }
    }
    let found: Lease;
    try {
      found = await client.get(leases, at, { signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      observe(await client.create(leases, record(undefined), { signal }), true);
      renewedAtMs = clock.monotonicMs();
      return true;
    }
    observe(found, false);
    const holder = found.spec?.holderIdentity ?? '';
    const othersDurationMs = (found.spec?.leaseDurationSeconds ?? 0) * 1000;
    const isOver = clock.monotonicMs() >= observed!.atMs + othersDurationMs;
    if (holder !== '' && holder !== identity && !isOver) return false;
    observe(await client.update(leases, record(found), { signal }), true);
    renewedAtMs = clock.monotonicMs();
    return true;
  };

  const usual = { initialMs: retryPeriodMs, maxMs: retryPeriodMs, jitter: jitterFactor - 1 };
  const retry = createRetry(usual, { ...deps, log });
  const pause = createBackoff(usual, deps);

  /** One attempt, and the wait after it where it did not succeed. Rejects with the signal's reason, or when another leads in our place. */
  const attempt = async (signal: AbortSignal, what: string): Promise<boolean> => {
    let failure: unknown;
    try {
      if (await tryAcquireOrRenew(signal)) {
        retry.reset();
        return true;
      }
    } catch (error) {
      failure = error;
    }
    signal.throwIfAborted();
    const holder = observed?.lease.spec?.holderIdentity;
    if (isLeader && holder && holder !== identity) throw new LeadershipLostError(`the lease was taken by ${holder}`);
    if (failure === undefined || hasReason(failure, 'Conflict', 'AlreadyExists')) await pause.wait(signal);
    else await retry.after(failure, what, signal);
    signal.throwIfAborted();
    return false;
  };

  const acquire = async (signal: AbortSignal): Promise<void> => {
    log.info('trying to become leader', { identity });
    let isAcquired: boolean;
    do isAcquired = await attempt(signal, 'cannot get the lease, retrying');
    while (!isAcquired);
    log.info('became leader', { identity });
  };

  /** Renews until the signal aborts; rejects with LeadershipLostError. */
  const renew = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const deadline = new AbortController();
      const stop = (): void => deadline.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      const timer = clock.after(renewDeadlineMs, () =>
        deadline.abort(new LeadershipLostError(`the lease could not be renewed within ${renewDeadlineMs / 1000}s`)),
      );
      try {
        let isRenewed: boolean;
        do isRenewed = await attempt(deadline.signal, 'cannot renew the lease, retrying');
        while (!isRenewed);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      } finally {
        timer.cancel();
        signal.removeEventListener('abort', stop);
      }
      await clock.sleep(retryPeriodMs, signal).catch(() => {});
    }
  };

  const release = async (): Promise<void> => {
    const giveBack = async (signal: AbortSignal): Promise<void> => {
      // A renewal that was cut short by the stop may have been written all the same: look again after a conflict.
      for (
        let lease = observed?.lease;
        lease?.spec?.holderIdentity === identity;
        lease = await client.get(leases, at, { signal })
      ) {
        const now = formatMicroTime(clock.now());
        const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
        try {
          await client.update(leases, { ...lease, spec }, { signal });
          log.info('gave the lease back');
          return;
        } catch (error) {
          if (!hasReason(error, 'Conflict')) throw error;
        }
      }
    };
    try {
      await withTimeLimit({ clock, ms: retryPeriodMs, reason: () => new Error('too slow') }, giveBack);
    } catch (error) {
      log.warn('could not give the lease back', { reason: error instanceof Error ? error.message : String(error) });
    }
  };

  return {
    get isLeader() {
      return isLeader;
    },
    healthCheck: {
      name: 'leaderElection',
      check: () => {
        const sinceMs = clock.monotonicMs() - renewedAtMs;
        // twenty seconds of grace, as upstream's watchdog: a process that is about to give up is not yet unhealthy
        if (isLeader && sinceMs > leaseDurationMs + 20_000) {
          throw new Error(`failed election to renew leadership on lease ${at.name}`);
        }
      },
    },
    run: async (lead, signal) => {
      try {
        await acquire(signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      isLeader = true;
      status.set({ name: at.name }, 1);
      const leading = new AbortController();
      const stop = (): void => leading.abort(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      // Renewal goes on while `lead` stops: nobody else may begin before we have ended.
      const ended = new AbortController();
      const renewing = renew(ended.signal).catch((error: unknown) => {
        leading.abort(error);
        throw error;
      });
      const led = (async () => {
        try {
          await lead(leading.signal);
        } finally {
          ended.abort(new Error('leading ended'));
        }
      })();
      const [renewal, work] = await Promise.allSettled([renewing, led]);
      signal.removeEventListener('abort', stop);
      isLeader = false;
      status.set({ name: at.name }, 0);
      if (renewal.status === 'rejected') throw renewal.reason;
      await release();
      if (work.status === 'rejected' && !(signal.aborted && work.reason === signal.reason)) throw work.reason;
    },
  };
}

function sameRecord(a: Lease, b: Lease): boolean {
  return (
    a.spec?.holderIdentity === b.spec?.holderIdentity &&
    a.spec?.renewTime === b.spec?.renewTime &&
    a.spec?.acquireTime === b.spec?.acquireTime &&
    a.spec?.leaseTransitions === b.spec?.leaseTransitions
  );
}
