import { diskUsage } from '../node/disk-usage.ts';
import type { PodFolders } from '../pods/pod-folders.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { EvictionCandidate, ScarceResource } from './rank-pods.ts';

/** Reads what each pod of the node uses of a resource: memory by its containers, disk by its folder. */
export function createUsageOfPods(given: {
  readonly runtime: ContainerRuntime;
  readonly folders: PodFolders;
  readonly workers: PodWorkers;
}): (resource: ScarceResource) => Promise<EvictionCandidate[]> {
  const { runtime, folders, workers } = given;

  const memoryOf = async (podUid: string): Promise<number> => {
    const { containers } = await runtime.observe({ podUid });
    const running = containers.filter(({ state }) => state === 'running');
    const stats = await Promise.all(running.map(({ id }) => runtime.stats(id)));
    return stats.reduce((total, one) => total + (one?.memoryWorkingSetBytes ?? 0), 0);
  };

  return (resource) =>
    Promise.all(
      workers
        .all()
        .filter((worker) => !worker.isReleased)
        .map(async ({ pod }) => {
          const uid = pod.metadata.uid!;
          if (resource === 'memory') return { pod, usage: await memoryOf(uid) };
          if (resource === 'ephemeral-storage') return { pod, usage: await diskUsage(folders.pod(uid)) };
          return { pod, usage: 0 };
        }),
    );
}
