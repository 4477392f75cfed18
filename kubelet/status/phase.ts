import { isSidecar, type ReadonlyContainer, type ReadonlyContainerStatus, type ReadonlyPod } from '../pods/pod.ts';

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PhaseInput {
  readonly pod: ReadonlyPod;
  readonly initStatuses: readonly ReadonlyContainerStatus[];
  readonly statuses: readonly ReadonlyContainerStatus[];
  /** Nothing of the pod runs and nothing will be started: it is being deleted, or is over. */
  readonly isTerminal: boolean;
}

/** The phase that follows from the states of the containers, by upstream's rules. */
export function phaseOf({ pod, initStatuses, statuses, isTerminal }: PhaseInput): Phase {
  const { restartPolicy } = pod.spec!;
  const init = countInit(pod.spec!.initContainers ?? [], initStatuses);
  if (init.failed > 0 && restartPolicy === 'Never') return 'Failed';

  const count = { unknown: 0, waiting: 0, running: 0, stopped: 0, succeeded: 0 };
  for (const { name } of pod.spec!.containers) {
    const state = statuses.find((status) => status.name === name);
    if (!state) count.unknown++;
    else if (state.state?.running) count.running++;
    else if (state.state?.terminated) {
      count.stopped++;
      if (state.state.terminated.exitCode === 0) count.succeeded++;
    } else if (state.lastState?.terminated) count.stopped++;
    else count.waiting++;
  }

  if (init.pending > 0 && count.running === 0 && count.stopped === 0) return isTerminal ? 'Failed' : 'Pending';
  if (count.waiting > 0 && !isTerminal) return 'Pending';
  if (count.running > 0 && count.unknown === 0) return 'Running';
  if (count.running === 0 && count.stopped > 0 && count.unknown === 0) {
    const allSucceeded = count.stopped === count.succeeded && count.waiting === 0;
    if (isTerminal) return allSucceeded ? 'Succeeded' : 'Failed';
    if (restartPolicy === 'Always') return 'Running';
    if (allSucceeded) return 'Succeeded';
    return restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return isTerminal ? 'Failed' : 'Pending';
}

function countInit(
  containers: readonly ReadonlyContainer[],
  statuses: readonly ReadonlyContainerStatus[],
): { pending: number; failed: number } {
  const count = { pending: 0, failed: 0 };
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name);
    if (isSidecar(container)) {
      // A sidecar that has started once does not make the pod pending again.
      const wasStarted = status?.started || status?.state?.terminated || status?.lastState?.terminated;
      if (!wasStarted) count.pending++;
      continue;
    }
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!ended) count.pending++;
    else if (ended.exitCode !== 0) count.failed++;
  }
  return count;
}
