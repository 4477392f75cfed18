import type { Deps } from '../../component/deps.ts';
import { removeCgroupsOf } from '../cgroups/pod-cgroups.ts';
import type { KillPod } from '../kill-pod.ts';
import type { ContainerRuntime, RuntimeState } from '../runtime/container-runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { containerLabels } from './container-hash.ts';
import type { ReadonlyPod } from './pod.ts';

/** Removes what is left on this host of pods that nobody wants any more: their pod went while no kubelet ran. */
export interface Orphans {
  /** Looks through all there is; call only once it is known which pods are wanted. Returns at once. */
  sweep(state: RuntimeState, isWanted: (podUid: string) => boolean): void;
  /** Resolves when no removal is going on. */
  settled(): Promise<void>;
}

/**
 * Works in the background until the signal aborts. A pod is removed once at a time; where that fails it is logged, and
 * the next sweep tries again.
 */
export function createOrphans(
  given: {
    readonly runtime: ContainerRuntime;
    readonly killPod: KillPod;
    readonly volumes: PodVolumes;
    readonly cgroupRoot: string;
  },
  deps: Pick<Deps, 'log'>,
  signal: AbortSignal,
): Orphans {
  const { runtime, killPod, volumes } = given;
  const removing = new Map<string, Promise<void>>();

  async function removePod(uid: string, state: RuntimeState): Promise<void> {
    const containers = state.containers.filter(({ podUid }) => podUid === uid);
    const sandboxes = state.sandboxes.filter(({ podUid }) => podUid === uid);
    const pod = rememberedPod(uid, { containers, sandboxes });
    if (pod) await killPod.kill(pod, { containers, sandboxes }, {}, signal);
    for (const { id } of containers) await runtime.removeContainer(id, signal);
    await volumes.tearDown(uid);
    await removeCgroupsOf(uid, given.cgroupRoot);
    deps.log.info('orphaned pod removed', { uid, pod: pod?.metadata.name, namespace: pod?.metadata.namespace });
  }

  return {
    sweep: (state, isWanted) => {
      void (async () => {
        const onDisk = await volumes.podsOnDisk();
        const found = new Set([...[...state.containers, ...state.sandboxes].map(({ podUid }) => podUid), ...onDisk]);
        for (const uid of found) {
          if (isWanted(uid) || removing.has(uid) || signal.aborted) continue;
          const work = removePod(uid, state)
            .catch((error: unknown) => {
              if (!signal.aborted) deps.log.warn('orphaned pod not removed', { uid, error });
            })
            .finally(() => removing.delete(uid));
          removing.set(uid, work);
        }
      })().catch((error: unknown) => deps.log.warn('orphaned pods cannot be looked for', { error }));
    },
    settled: async () => {
      await Promise.all(removing.values());
    },
  };
}

/** As much of a pod as its containers' labels tell; undefined where it has none. */
function rememberedPod(uid: string, { containers, sandboxes }: RuntimeState): ReadonlyPod | undefined {
  const labels = sandboxes[0]?.labels ?? containers[0]?.labels;
  if (!labels) return undefined;
  const grace = containers.map((each) => Number(each.labels[containerLabels.podTerminationGracePeriod] ?? NaN));
  const known = grace.filter((seconds) => !Number.isNaN(seconds));
  return {
    metadata: {
      uid,
      name: labels['io.kubernetes.pod.name'],
      namespace: labels['io.kubernetes.pod.namespace'],
    },
    spec: { containers: [], terminationGracePeriodSeconds: known.length > 0 ? Math.max(...known) : 30 },
  };
}
