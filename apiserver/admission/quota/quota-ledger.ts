import { hasReason, internalError } from '../../../api/meta/errors.ts';
import type { DeepReadonly } from '../../../api/meta/object.ts';
import { resourceQuotas } from '../../../api/resources/core/resource-quota.ts';
import type { ResourceQuota } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionRequest } from '../admission.ts';
import { charge, type Used } from './charge.ts';
import type { Evaluator } from './evaluator.ts';

/** Keeps what quotas say is used: every write that falls under one is charged before it is allowed. */
export interface QuotaLedger {
  /** Resolves once the write is charged and that is stored. Rejects with ApiError Forbidden where there is no room. */
  charge(request: AdmissionRequest, evaluator: Evaluator): Promise<void>;
}

interface Waiting {
  readonly request: AdmissionRequest;
  readonly evaluator: Evaluator;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Upstream tries as often. */
const maxAttempts = 4;
const maxWritten = 4096;

/**
 * Writes of one namespace are charged in turn, those that wait together with one update of each quota's status. The
 * update is a compare-and-swap, so that several servers never give away more than there is.
 */
export function createQuotaLedger(deps: AdmissionDeps): QuotaLedger {
  const queues = new Map<string, Waiting[]>();
  // Our own last writes, which the cache may not have seen yet.
  const written = new Map<string, DeepReadonly<ResourceQuota>>();

  const drain = async (namespace: string, queue: Waiting[]): Promise<void> => {
    while (queue.length) {
      const batch = queue.splice(0);
      try {
        await chargeBatch(namespace, batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    queues.delete(namespace);
  };

  const newest = (quota: DeepReadonly<ResourceQuota>): DeepReadonly<ResourceQuota> => {
    const own = written.get(quota.metadata.uid!);
    if (!own || revisionOf(own) <= revisionOf(quota)) {
      written.delete(quota.metadata.uid!);
      return quota;
    }
    return own;
  };

  const chargeBatch = async (namespace: string, batch: readonly Waiting[]): Promise<void> => {
    let waiting = batch;
    let quotas = deps.cache.list(resourceQuotas, namespace).map(newest);
    for (let attempt = 1; waiting.length; attempt++) {
      const { used, charged } = chargeAll(waiting, quotas);
      const conflicts = await storeUsed(quotas, used);
      if (!conflicts.length) {
        for (const { resolve } of charged) resolve();
        return;
      }
      if (attempt === maxAttempts) {
        throw internalError(
          new Error(
            `resource quota evaluation failed: ${conflicts.map(({ metadata }) => metadata.name).join(', ')} changes too often`,
          ),
        );
      }
      // The others are charged already; whoever was refused has been told.
      waiting = charged;
      quotas = await Promise.all(
        conflicts.map(async (quota) => {
          const { namespace: within, name } = quota.metadata;
          return (await deps.cache.getNewest(resourceQuotas, { namespace: within, name: name! })) ?? quota;
        }),
      );
    }
  };

  /** Updates every quota whose numbers changed; answers those that somebody else changed meanwhile. */
  const storeUsed = async (
    quotas: readonly DeepReadonly<ResourceQuota>[],
    used: Used,
  ): Promise<DeepReadonly<ResourceQuota>[]> => {
    const conflicts: DeepReadonly<ResourceQuota>[] = [];
    for (const quota of quotas) {
      const next = used.get(quota.metadata.name!);
      if (!next || next === quota.status?.used) continue;
      const changed = { ...quota, status: { ...quota.status, used: next } } as ResourceQuota;
      try {
        const stored = await deps.client.update(resourceQuotas, changed, { subresource: 'status' });
        // Losing them costs a conflict, no more.
        if (written.size >= maxWritten) written.clear();
        written.set(stored.metadata.uid!, stored);
      } catch (error) {
        if (hasReason(error, 'NotFound')) continue;
        if (!hasReason(error, 'Conflict')) throw error;
        conflicts.push(quota);
      }
    }
    return conflicts;
  };

  return {
    charge: (request, evaluator) =>
      new Promise((resolve, reject) => {
        const waiting = { request, evaluator, resolve, reject };
        const queue = queues.get(request.namespace);
        if (queue) {
          queue.push(waiting);
          return;
        }
        const own = [waiting];
        queues.set(request.namespace, own);
        void drain(request.namespace, own);
      }),
  };
}

/** Charges each in turn; those without room are told so at once. A dry run is held against the numbers and leaves none. */
function chargeAll(
  waiting: readonly Waiting[],
  quotas: readonly DeepReadonly<ResourceQuota>[],
): { used: Used; charged: Waiting[] } {
  let used: Used = new Map(quotas.map((quota) => [quota.metadata.name!, quota.status?.used ?? {}]));
  const charged: Waiting[] = [];
  for (const each of waiting) {
    try {
      const next = charge(each.request, each.evaluator, quotas, used);
      if (!each.request.dryRun) used = next;
      charged.push(each);
    } catch (error) {
      each.reject(error);
    }
  }
  return { used, charged };
}

function revisionOf({ metadata }: DeepReadonly<ResourceQuota>): number {
  return Number(metadata.resourceVersion);
}
