import type { ReadonlyPod } from '../framework/pod-state.ts';

const firstBackoffMs = 10_000;
const maxBackoffMs = 10 * 60_000;

/** When all containers of a pod had ended, in ms since the epoch; what is known of it where they do not say. */
export function finishedAtMs(pod: ReadonlyPod, nowMs: number): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) =>
    Date.parse(state?.terminated?.finishedAt ?? ''),
  );
  if (times.length > 0 && times.every((time) => !Number.isNaN(time))) return Math.max(...times);
  const ready = pod.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False');
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return ready?.lastTransitionTime ? Date.parse(ready.lastTransitionTime) : nowMs;
}

/** How long to wait before the next pod, in ms: 10 s after a failure, twice as long after each more without a success between. */
export function backoffMs(failed: readonly ReadonlyPod[], succeeded: readonly ReadonlyPod[], nowMs: number): number {
  const lastSuccessMs = Math.max(...succeeded.map((pod) => finishedAtMs(pod, nowMs)), -Infinity);
  const failures = failed.map((pod) => finishedAtMs(pod, nowMs)).filter((time) => time > lastSuccessMs);
  if (failures.length === 0) return 0;
  const waitMs = Math.min(firstBackoffMs * 2 ** (failures.length - 1), maxBackoffMs);
  return Math.max(0, Math.max(...failures) + waitMs - nowMs);
}
