import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expand } from './environment/expand.ts';
import type { PodFolders } from './pods/pod-folders.ts';
import type { ReadonlyContainer, ReadonlyPod } from './pods/pod.ts';
import type { Mount } from './runtime/container-runtime.ts';
import { bindSubPath } from './volumes/subpath.ts';
import type { MountedVolume, Mounter } from './volumes/volume-plugin.ts';

export interface MountsInput {
  readonly pod: ReadonlyPod;
  readonly container: ReadonlyContainer;
  readonly attempt: number;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** The container's environment, which `subPathExpr` may name. */
  readonly env: ReadonlyMap<string, string>;
}

/**
 * What a container mounts: its volumes, the pod's /etc/hosts, and the file it may leave its last words in. Makes what of
 * it is not there. The message of a failure goes to the user.
 */
export async function containerMounts(
  input: MountsInput,
  given: { readonly folders: PodFolders; readonly mounts: Mounter },
): Promise<Mount[]> {
  const { pod, container, attempt } = input;
  const { folders } = given;
  const uid = pod.metadata.uid!;
  const mounts: Mount[] = [];
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = input.volumes.get(mount.name);
    if (!volume) throw new Error(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const subPath = mount.subPathExpr ? expandAll(mount.subPathExpr, input.env) : mount.subPath;
    let hostPath = volume.hostPath;
    if (subPath) {
      hostPath = folders.subPath(uid, mount.name, container.name, i);
      await bindSubPath(volume.hostPath, subPath, hostPath, given.mounts).catch((cause: unknown) => {
        const message = `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`;
        throw new Error(message, { cause });
      });
    }
    mounts.push({
      hostPath,
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      readOnly: (mount.readOnly ?? false) || volume.readOnly,
      propagation: (mount.mountPropagation ?? 'None') as Mount['propagation'],
    });
  }
  const addOwn = (hostPath: string, containerPath: string): void => {
    mounts.push({ hostPath, containerPath, readOnly: false, propagation: 'None' });
  };
  const isMounted = (path: string): boolean => mounts.some(({ containerPath }) => containerPath === path);
  if (!isMounted('/etc/hosts')) addOwn(folders.etcHosts(uid), '/etc/hosts');
  const messagePath = container.terminationMessagePath ?? '/dev/termination-log';
  if (messagePath && !isMounted(messagePath)) {
    const hostPath = folders.terminationLog(uid, container.name, attempt);
    await mkdir(dirname(hostPath), { recursive: true, mode: 0o750 });
    await writeFile(hostPath, '');
    await chmod(hostPath, 0o666); // whoever the container runs as
    addOwn(hostPath, messagePath);
  }
  return mounts;
}

function expandAll(text: string, values: ReadonlyMap<string, string>): string {
  return expand(text, (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`missing value for "${name}"`);
    return value;
  });
}
