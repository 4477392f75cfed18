import type { DeepReadonly } from '../../../api/meta/object.ts';
import { compareQuantities } from '../../../api/meta/quantity.ts';
import type { ResourceQuota } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionRequest } from '../admission.ts';
import { refuse } from '../refuse.ts';
import { scopesOf, type Evaluator } from './evaluator.ts';
import {
  addAmounts,
  describeAmounts,
  exceeding,
  mask,
  subtractAmounts,
  withoutZeros,
  type Amounts,
} from './resource-lists.ts';

/** What quotas say is used, by name of the quota. */
export type Used = ReadonlyMap<string, Amounts>;

/**
 * What is used once the write has been charged to every quota it falls under, or the same map where it changes nothing.
 * Charges all quotas or none. Throws ApiError Forbidden, in upstream's words, where one has no room.
 */
export function charge(
  request: AdmissionRequest,
  evaluator: Evaluator,
  quotas: readonly DeepReadonly<ResourceQuota>[],
  used: Used,
): Used {
  const matching = quotas.filter((quota) => matches(evaluator, quota, request.object));
  for (const quota of matching) requireKnown(request, evaluator, quota, used);
  if (!matching.length) return used;

  const usage = evaluator.usage(request.object);
  const negative = Object.keys(usage).filter((name) => compareQuantities(usage[name]!, '0') < 0);
  if (negative.length) {
    throw refuse(request, `quota usage is negative for resource(s): ${negative.sort().join(',')}`);
  }
  const next = new Map(used);
  let isCharged = false;
  for (const quota of matching) {
    const name = quota.metadata.name!;
    const hard = quota.status?.hard ?? {};
    const requested = mask(deltaFor(request, evaluator, quota, usage), Object.keys(hard));
    if (!Object.keys(requested).length) continue;
    const before = used.get(name) ?? {};
    const after = addAmounts(before, requested);
    const exceeded = exceeding(mask(after, Object.keys(requested)), hard);
    if (exceeded.length) {
      throw refuse(
        request,
        `exceeded quota: ${name}, requested: ${describeAmounts(mask(requested, exceeded))}, used: ${describeAmounts(mask(before, exceeded))}, limited: ${describeAmounts(mask(hard, exceeded))}`,
      );
    }
    next.set(name, after);
    isCharged = true;
  }
  return isCharged ? next : used;
}

function matches(evaluator: Evaluator, quota: DeepReadonly<ResourceQuota>, object: unknown): boolean {
  if (!Object.keys(quota.status?.hard ?? {}).some(evaluator.measures)) return false;
  return scopesOf(quota).every((scope) => evaluator.matchesScope?.(object, scope) ?? false);
}

/** The object must say what is limited, and somebody must have counted what is there already. */
function requireKnown(
  request: AdmissionRequest,
  evaluator: Evaluator,
  quota: DeepReadonly<ResourceQuota>,
  used: Used,
): void {
  const name = quota.metadata.name!;
  const limited = Object.keys(quota.status?.hard ?? {}).filter(evaluator.measures);
  const missing = evaluator.missing?.(request.object, limited);
  if (missing) throw refuse(request, `failed quota: ${name}: ${missing}`);
  const known = used.get(name) ?? {};
  if (limited.some((each) => known[each] === undefined)) {
    throw refuse(request, `status unknown for quota: ${name}, resources: ${limited.sort().join(',')}`);
  }
}

/**
 * An object that only now comes under the quota is charged in full. What one gives back is not credited here: it may
 * still be used, and whoever counts what is there credits it.
 */
function deltaFor(
  { operation, oldObject }: AdmissionRequest,
  evaluator: Evaluator,
  quota: DeepReadonly<ResourceQuota>,
  usage: Amounts,
): Amounts {
  if (operation !== 'UPDATE' || !oldObject || !matches(evaluator, quota, oldObject)) return withoutZeros(usage);
  const more = subtractAmounts(usage, evaluator.usage(oldObject));
  return Object.fromEntries(Object.entries(more).filter(([, amount]) => compareQuantities(amount, '0') > 0));
}
