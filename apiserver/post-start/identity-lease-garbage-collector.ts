import { hasReason } from '../../api/meta/errors.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { Lease } from '../../api/schema/generated/coordination-v1.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { identityLabel, namespace } from './identity-lease.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

/** Upstream's: an hour. */
const intervalMs = 3_600_000;

/** Removes the leases of API servers that have not renewed them for as long as they promised. */
export const identityLeaseGarbageCollector: PostStartHook = {
  name: 'start-kube-apiserver-identity-lease-garbage-collector',
  run: async (deps, done, signal) => {
    done();
    while (!signal.aborted) {
      await deps.clock.sleep(intervalMs, signal).catch(() => {});
      if (!signal.aborted) await removeExpiredIdentities(deps);
    }
  },
};

/** One round. What fails is tried again in the next. */
export async function removeExpiredIdentities({
  reader,
  client,
  clock,
  log,
}: Pick<PostStartDeps, 'reader' | 'client' | 'clock' | 'log'>): Promise<void> {
  for (const lease of reader.list(leases, namespace)) {
    const { labels = {}, name, uid, resourceVersion } = lease.metadata;
    if (!(identityLabel in labels) || !isExpired(lease, clock.now())) continue;
    // A server that comes back between the look and the removal keeps its lease.
    const preconditions = { uid, resourceVersion };
    await client.delete(leases, { namespace, name: name! }, { preconditions }).catch((error: unknown) => {
      if (!hasReason(error, 'NotFound', 'Conflict'))
        log.warn('an expired identity lease stays', { lease: name, error });
    });
  }
}

function isExpired({ spec }: DeepReadonly<Lease>, nowMs: number): boolean {
  const { renewTime, leaseDurationSeconds } = spec ?? {};
  if (!renewTime || !leaseDurationSeconds) return true;
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 < nowMs;
}
