import { jsonEqual } from '../api/meta/equality.ts';
import { createBackoff } from '../component/backoff.ts';
import type { Deps } from '../component/deps.ts';
import { formatPod, gracePeriodOf, isTerminalPhase, type ReadonlyPod } from './pods/pod.ts';
import type { PodReleaser } from './release-pod.ts';
import type { PodMemory, PodSyncer } from './sync-pod.ts';
import { createWake } from './wake.ts';

/** Looks after one pod: one thing at a time, from its first container to the last trace of it. */
export interface PodWorker {
  readonly pod: ReadonlyPod;
  /** True once everything of the pod has stopped and is released; what remains is to be forgotten. */
  readonly isReleased: boolean;
  /** Resolves when it is released, or the worker has stopped. */
  readonly released: Promise<void>;
  /** The pod as its source now has it. */
  update(pod: ReadonlyPod): void;
  /** Something may have changed: look again. */
  wake(): void;
  /** Its source has it no more: stop it, if it does not stop already, and forget it. */
  remove(): void;
  /** Ends it with this verdict: refused, evicted. */
  fail(verdict: { readonly reason: string; readonly message: string }): void;
  /** Resolves when the worker has nothing more to do: the pod is gone, or the signal has aborted. */
  readonly done: Promise<void>;
}

export interface PodWorkerGiven {
  readonly syncer: PodSyncer;
  readonly releaser: PodReleaser;
  /** Resolves when it may begin: after an earlier pod of the same name, for static pods. */
  readonly mayBegin?: Promise<void>;
}

/** Seconds a pod gets whose source has it no more, with no time of its own left: upstream's. */
const minRemovedGraceSeconds = 1;

/**
 * Begins at once, or when it may; neither of its promises rejects, failures are logged. The signal stops the worker,
 * not the pod: containers are left running.
 */
export function startPodWorker(
  first: ReadonlyPod,
  given: PodWorkerGiven,
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): PodWorker {
  const { syncer, releaser } = given;
  const log = deps.log.child({ pod: formatPod(first) });
  const wake = createWake(deps.clock);
  const memory: PodMemory = { waiting: new Map(), volumesRefreshAtMs: 0, volumeFailures: 0, isEnding: false };
  let pod = first;
  let isRemoved = false;
  let isOver = isTerminalPhase(first.status?.phase);
  let isReleased = false;
  const released = Promise.withResolvers<void>();
  /** Aborts what goes on when something more urgent is asked for. */
  let current = new AbortController();
  let graceSeconds = Infinity;

  const mustEnd = (): boolean => isRemoved || isOver || pod.metadata.deletionTimestamp !== undefined;

  /** Interrupts what goes on if the pod is to end now, or faster than it does. */
  const reconsider = (): void => {
    if (mustEnd()) {
      const wanted = wantedGrace();
      if (!memory.isEnding || wanted < graceSeconds) current.abort(new Error('the pod is to end'));
    }
    wake.ring();
  };

  const wantedGrace = (): number =>
    isRemoved ? Math.max(minRemovedGraceSeconds, gracePeriodOf(pod)) : gracePeriodOf(pod);

  async function loop(): Promise<void> {
    if (given.mayBegin) await given.mayBegin;
    const backoff = createBackoff({ initialMs: 500, maxMs: 15_000, jitter: 0.3 }, deps);
    while (!signal.aborted) {
      current = new AbortController();
      const step = AbortSignal.any([signal, current.signal]);
      let nextMs: number;
      try {
        if (!mustEnd()) {
          const result = await syncer.sync(pod, memory, step);
          isOver = result.isOver;
          nextMs = isOver || result.didSomething ? 0 : result.nextMs;
        } else if (!isReleased) {
          await end(step);
          nextMs = Infinity;
        } else {
          nextMs = Infinity;
        }
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        if (current.signal.aborted) continue;
        nextMs = backoff.next();
        log.warn('pod not in order, trying again', { error, retryMs: nextMs });
      }
      if (isReleased && isRemoved) {
        await releaser.forget(pod, signal);
        return;
      }
      if (nextMs > 0) await wake.wait(nextMs, signal);
    }
  }

  /** Stops what runs, frees what the pod holds, and lets the API know. */
  async function end(step: AbortSignal): Promise<void> {
    memory.isEnding = true;
    graceSeconds = wantedGrace();
    await releaser.stop(pod, memory, { gracePeriodSeconds: graceSeconds }, step);
    await releaser.release(pod, step);
    isReleased = true;
    released.resolve();
  }

  const done = loop()
    .catch((error: unknown) => {
      if (!signal.aborted) log.error('pod worker ended', { error });
    })
    .finally(() => released.resolve());
  return {
    get pod() {
      return pod;
    },
    get isReleased() {
      return isReleased;
    },
    released: released.promise,
    update: (next) => {
      const isShown = (of: ReadonlyPod): unknown => [of.metadata.labels, of.metadata.annotations];
      if (!jsonEqual(isShown(next), isShown(pod))) memory.volumesRefreshAtMs = 0; // volumes may show them
      pod = next;
      if (isTerminalPhase(next.status?.phase)) isOver = true;
      reconsider();
    },
    wake: () => wake.ring(),
    remove: () => {
      isRemoved = true;
      reconsider();
    },
    fail: (verdict) => {
      memory.verdict ??= verdict;
      isOver = true;
      reconsider();
    },
    done,
  };
}
