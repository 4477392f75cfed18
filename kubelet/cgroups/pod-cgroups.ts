import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { podCgroup } from './resources.ts';

const cgroupRoot = '/sys/fs/cgroup';

/** As `removePodCgroup`, of a pod of which only the uid is known. */
export async function removeCgroupsOf(podUid: string, root: string): Promise<void> {
  for (const qosClass of ['Guaranteed', 'Burstable', 'BestEffort']) {
    await removePodCgroup(podCgroup({ metadata: { uid: podUid }, status: { qosClass } }, root));
  }
}

/**
 * Removes a pod's cgroup where the runtime has left it empty: below every controller in version 1, once in version 2.
 * What is not there, or still in use, is left alone. With the systemd driver nothing is there under this name.
 */
export async function removePodCgroup(path: string): Promise<void> {
  const controllers = await readdir(cgroupRoot, { withFileTypes: true }).catch(() => []);
  const roots = [
    cgroupRoot,
    ...controllers.filter((each) => each.isDirectory()).map(({ name }) => join(cgroupRoot, name)),
  ];
  await Promise.all(roots.map((root) => removeTree(join(root, path))));
}

async function removeTree(path: string): Promise<void> {
  // A cgroup's files cannot be removed, nor need they be: rmdir takes the folder with them.
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(path, entry.name));
  await rmdir(path).catch(() => {}); // not there, or still in use: as promised
}
