import { join } from 'node:path';
import type { Deps } from '../component/deps.ts';
import { removeCgroupsOf } from './cgroups/pod-cgroups.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import type { Mounter } from './volumes/volume-plugin.ts';

/** Removes every container of this kubelet from the host, and every mount of its volumes. Files stay. */
export async function cleanUp(
  given: {
    readonly runtime: ContainerRuntime;
    readonly mounter: Mounter;
    readonly rootDir: string;
    readonly cgroupRoot: string;
  },
  deps: Pick<Deps, 'log'>,
): Promise<void> {
  const { sandboxes, containers } = await given.runtime.observe();
  // What runs in a sandbox ends with it, but stays for whoever wants its log.
  const results = [
    ...(await Promise.allSettled(sandboxes.map(({ id }) => given.runtime.removeSandbox(id)))),
    ...(await Promise.allSettled(containers.map(({ id }) => given.runtime.removeContainer(id)))),
  ];
  const uids = new Set([...sandboxes, ...containers].map(({ podUid }) => podUid));
  for (const uid of uids) await removeCgroupsOf(uid, given.cgroupRoot);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  // Volumes of pods, and the tmpfs that secrets live in.
  for (const folder of ['pods', 'memory']) await given.mounter.unmountAll(join(given.rootDir, folder));
  deps.log.info('cleaned up', { pods: sandboxes.length });
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} containers could not be removed: ${String(failures[0])}`);
}
