import type { Informer } from '../../client/informer-contract.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { MirrorPods } from '../static-pods/mirror-pods.ts';
import type { StatusManager } from '../status/status-manager.ts';
import type { PodSet } from './pod-set.ts';
import { fullNameOf } from './pod-set.ts';
import type { PodWorkers } from './pod-workers.ts';
import { configAnnotations, isMirrorPod, isStaticPod, type ReadonlyPod } from './pod.ts';

/** Brings together what the API and the files want of this node, and hands it to the workers. */
export interface PodSources {
  /** All static pods there are now. */
  setStatic(list: readonly ReadonlyPod[]): void;
  /** True once it is known what is wanted: nothing may be taken for unwanted before. */
  readonly areReady: boolean;
  /** Once they are ready: mirrors whose static pod went while no kubelet ran go too. */
  sweepMirrors(): void;
}

/**
 * Adds its handlers to the informer at once. Pods of both sources enter and leave `set` and `workers` through it alone,
 * and are in `set` before their worker hears of them.
 */
export function createPodSources(given: {
  readonly set: PodSet;
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  readonly store: ObjectStore;
  readonly mirrors: MirrorPods;
  /** Absent without an API server. */
  readonly informer?: Informer<Pod>;
  /** False where there is no path to read static pods from. */
  readonly hasFiles: boolean;
}): PodSources {
  const { set, workers, statuses, store, mirrors, informer } = given;
  let hasStatic = !given.hasFiles;
  let hasSweptMirrors = false;
  const areReady = (): boolean => hasStatic && (!informer || informer.hasSynced);

  const showApiPod = (pod: ReadonlyPod): void => {
    if (!isMirrorPod(pod)) {
      set.set(pod);
      statuses.observed(pod.metadata.uid!, pod);
      workers.update(pod);
      return;
    }
    set.setMirror(pod);
    const staticPod = set.staticPod(fullNameOf(pod));
    if (staticPod && isMirrorOf(pod, staticPod)) statuses.observed(staticPod.metadata.uid!, pod);
    if (areReady()) mirrors.reconcile(fullNameOf(pod));
  };

  informer?.addHandlers({
    added: (pod) => {
      store.invalidate(pod.metadata.namespace!);
      showApiPod(pod);
    },
    updated: showApiPod,
    deleted: (pod) => {
      if (isMirrorPod(pod)) {
        set.deleteMirror(pod);
        mirrors.reconcile(fullNameOf(pod));
      } else {
        set.delete(pod.metadata.uid!);
        workers.remove(pod.metadata.uid!);
      }
    },
  });

  return {
    get areReady() {
      return areReady();
    },
    setStatic: (list) => {
      const wanted = new Set(list.map(({ metadata }) => metadata.uid));
      for (const pod of set.all()) {
        if (!isStaticPod(pod) || wanted.has(pod.metadata.uid)) continue;
        set.delete(pod.metadata.uid!);
        workers.remove(pod.metadata.uid!);
        if (informer) mirrors.reconcile(fullNameOf(pod));
      }
      for (const pod of list) {
        if (set.get(pod.metadata.uid!)) continue;
        set.set(pod);
        const mirror = set.mirrorPod(fullNameOf(pod));
        if (mirror && isMirrorOf(mirror, pod)) statuses.observed(pod.metadata.uid!, mirror);
        workers.update(pod);
        if (informer) mirrors.reconcile(fullNameOf(pod));
      }
      hasStatic = true;
    },
    sweepMirrors: () => {
      if (hasSweptMirrors || !areReady()) return;
      hasSweptMirrors = true;
      for (const mirror of set.mirrors()) mirrors.reconcile(fullNameOf(mirror));
    },
  };
}

function isMirrorOf(mirror: ReadonlyPod, staticPod: ReadonlyPod): boolean {
  return (
    mirror.metadata.annotations?.[configAnnotations.mirror] === staticPod.metadata.annotations?.[configAnnotations.hash]
  );
}
