import type { Deps } from '../../component/deps.ts';
import type { PodReleaser } from '../release-pod.ts';
import { startPodWorker, type PodWorker } from '../pod-worker.ts';
import type { PodSyncer } from '../sync-pod.ts';
import { isStaticPod, type ReadonlyPod } from './pod.ts';
import { fullNameOf } from './pod-set.ts';

/** One worker a pod; pods run beside each other. */
export interface PodWorkers {
  get(podUid: string): PodWorker | undefined;
  all(): PodWorker[];
  /** Begins looking after a pod, or tells its worker what is new. */
  update(pod: ReadonlyPod): void;
  /** Its source has it no more. */
  remove(podUid: string): void;
  wake(podUid: string): void;
  /** Resolves once every worker has stopped, after the signal's abort; containers are left running. */
  stopped(): Promise<void>;
}

/**
 * A static pod begins only when others of its name are done. A pod that is `wanted` again while its worker ends gets a
 * new worker then. `admit` is asked once for each worker, before it begins.
 */
export function createPodWorkers(
  given: {
    readonly syncer: PodSyncer;
    readonly releaser: PodReleaser;
    /** What the pod's source says now: a pod may be back before its worker is done with it. */
    readonly wanted: (podUid: string) => ReadonlyPod | undefined;
    /** May a new pod run here? A verdict ends it. */
    readonly admit: (pod: ReadonlyPod) => { readonly reason: string; readonly message: string } | undefined;
  },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  signal: AbortSignal,
): PodWorkers {
  const workers = new Map<string, PodWorker>();

  const start = (pod: ReadonlyPod): void => {
    const uid = pod.metadata.uid!;
    // Two static pods of one name would fight for the same mirror: the old one goes first.
    const before = isStaticPod(pod)
      ? [...workers.values()].filter((other) => isStaticPod(other.pod) && fullNameOf(other.pod) === fullNameOf(pod))
      : [];
    const mayBegin = before.length > 0 ? Promise.all(before.map(({ done }) => done)).then(() => {}) : undefined;
    const verdict = given.admit(pod);
    const worker = startPodWorker(pod, { ...given, mayBegin }, deps, signal);
    if (verdict) worker.fail(verdict);
    workers.set(uid, worker);
    void worker.done.then(() => {
      if (workers.get(uid) === worker) workers.delete(uid);
      const wanted = given.wanted(uid);
      if (wanted && !signal.aborted) start(wanted);
    });
  };

  return {
    get: (podUid) => workers.get(podUid),
    all: () => [...workers.values()],
    update: (pod) => {
      const worker = workers.get(pod.metadata.uid!);
      if (worker) worker.update(pod);
      else start(pod);
    },
    remove: (podUid) => workers.get(podUid)?.remove(),
    wake: (podUid) => workers.get(podUid)?.wake(),
    stopped: async () => {
      await Promise.all([...workers.values()].map(({ done }) => done));
    },
  };
}
