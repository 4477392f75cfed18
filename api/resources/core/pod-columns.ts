import { none, timeSince } from '../../meta/printers.ts';
import type { Container, ContainerState, ContainerStatus, Pod } from '../../schema/generated/core-v1.ts';

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** When a container last ended; absent where none did. */
  readonly lastRestart?: string;
  /** What people read as the status: the phase, or why the pod is not running as it should. */
  readonly reason: string;
}

/** What `kubectl get pods` says of a pod; the rules and words are upstream's. */
export function summarizePod(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const phase = status?.phase ?? '';
  const sidecars = new Set((spec?.initContainers ?? []).filter(isRestartable).map((c) => c.name));
  const total = (spec?.containers?.length ?? 0) + sidecars.size;
  const gated = status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  let reason = gated ? 'SchedulingGated' : status?.reason || phase;
  let ready = 0;

  const init = { count: 0, last: undefined as string | undefined };
  const sidecar = { count: 0, last: undefined as string | undefined };
  let initializing = false;
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    addRestarts(init, container);
    const isSidecar = sidecars.has(container.name);
    if (isSidecar) addRestarts(sidecar, container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    reason = initReason(container.state, index, spec?.initContainers?.length ?? 0);
    initializing = true;
    break;
  }

  let restarts = init;
  const initialized = status?.conditions?.find((c) => c.type === 'Initialized')?.status === 'True';
  if (!initializing || initialized) {
    restarts = sidecar;
    let hasRunning = false;
    for (const container of (status?.containerStatuses ?? []).toReversed()) {
      addRestarts(restarts, container);
      const { waiting, terminated, running } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) reason = terminated.reason || endOf(terminated);
      else if (container.ready && running) {
        hasRunning = true;
        ready++;
      }
    }
    if (reason === 'Completed' && hasRunning) {
      const isReady = status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
      reason = isReady ? 'Running' : 'NotReady';
    }
  }

  if (pod.metadata.deletionTimestamp) {
    if (status?.reason === 'NodeLost') reason = 'Unknown';
    else if (phase !== 'Succeeded' && phase !== 'Failed') reason = 'Terminating';
  }
  return { ready, total, restarts: restarts.count, lastRestart: restarts.last, reason };
}

function isRestartable(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function addRestarts(tally: { count: number; last: string | undefined }, container: ContainerStatus): void {
  tally.count += container.restartCount;
  const ended = container.lastState?.terminated?.finishedAt;
  if (ended && (!tally.last || Date.parse(ended) > Date.parse(tally.last))) tally.last = ended;
}

function initReason(state: ContainerState | undefined, index: number, total: number): string {
  if (state?.terminated) return `Init:${state.terminated.reason || endOf(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
  return `Init:${index}/${total}`;
}

function endOf({ signal, exitCode }: { signal?: number; exitCode: number }): string {
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

/** `3`, or `3 (5m ago)` where it is known when the last one was. */
export function formatRestarts({ restarts, lastRestart }: PodSummary, nowMs: number): string {
  return restarts && lastRestart ? `${restarts} (${timeSince(lastRestart, nowMs)} ago)` : String(restarts);
}

/** How many of the readiness gates hold. */
export function formatReadinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const holding = gates.filter(
    ({ conditionType }) => status?.conditions?.find((c) => c.type === conditionType)?.status === 'True',
  );
  return `${holding.length}/${gates.length}`;
}

/** The row condition by which clients grey out pods that are done. */
export function podRowConditions({ status }: Pod): { type: string; status: string; reason: string; message: string }[] {
  const phase = status?.phase;
  if (phase === 'Succeeded')
    return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod has completed successfully.' }];
  if (phase === 'Failed') return [{ type: 'Completed', status: 'True', reason: phase, message: 'The pod failed.' }];
  return [];
}
