import { semanticEqual } from '../../api/meta/equality.ts';
import type { PodStatus } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPodStatus } from '../pods/pod.ts';

/**
 * The strategic merge patch that takes the API's status to ours, undefined where they agree. Conditions of others stay;
 * lists that merge by key are replaced where one of ours has gone.
 */
export function statusPatch(
  uid: string,
  current: ReadonlyPodStatus | undefined,
  next: PodStatus,
): { metadata: { uid: string }; status: Record<string, unknown> } | undefined {
  const status: Record<string, unknown> = {};
  for (const field of owned) {
    const [old, wanted] = [current?.[field], next[field]];
    if (semanticEqual(old ?? null, wanted ?? null)) continue;
    if (field === 'conditions') {
      const changed = (next.conditions ?? []).flatMap((condition) => {
        const before = (current?.conditions ?? []).find(({ type }) => type === condition.type);
        return semanticEqual(condition, before) ? [] : [{ ...withoutFieldsOf(before), ...condition }];
      });
      if (changed.length > 0) status.conditions = changed;
    } else if (field === 'podIPs' || field === 'hostIPs') {
      const gone = ((old ?? []) as readonly { ip: string }[]).length > 0;
      status[field] = gone ? [...(next[field] ?? []), { $patch: 'replace' }] : next[field];
    } else {
      status[field] = wanted ?? null;
    }
  }
  return Object.keys(status).length > 0 ? { metadata: { uid }, status } : undefined;
}

/** All of the status but what schedulers and the resource-claim machinery write. */
const owned = [
  'observedGeneration',
  'phase',
  'conditions',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof PodStatus)[];

/** A condition of the list is merged, not replaced: what has gone from it must be said. */
function withoutFieldsOf(before: object | undefined): Record<string, null> {
  return Object.fromEntries(Object.keys(before ?? {}).map((field) => [field, null]));
}
