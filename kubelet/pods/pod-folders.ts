import { join } from 'node:path';

/** Where things of a pod lie under `--root-dir`, as upstream lays them out. */
export interface PodFolders {
  /** Of all pods. */
  readonly pods: string;
  /** A file system in memory for what must never reach a disk. */
  readonly memory: string;
  pod(uid: string): string;
  etcHosts(uid: string): string;
  volume(uid: string, plugin: string, name: string): string;
  memoryPod(uid: string): string;
  memoryVolume(uid: string, plugin: string, name: string): string;
  subPath(uid: string, volume: string, container: string, index: number): string;
  terminationLog(uid: string, container: string, attempt: number): string;
}

/** The paths below the root; nothing is made yet. */
export function podFolders(rootDir: string): PodFolders {
  const pods = join(rootDir, 'pods');
  const memory = join(rootDir, 'memory');
  const pod = (uid: string): string => join(pods, uid);
  const volumeOf = (folder: string, plugin: string, name: string): string =>
    join(folder, 'volumes', plugin.replace('/', '~'), name);
  return {
    pods,
    memory,
    pod,
    etcHosts: (uid) => join(pod(uid), 'etc-hosts'),
    volume: (uid, plugin, name) => volumeOf(pod(uid), plugin, name),
    memoryPod: (uid) => join(memory, uid),
    memoryVolume: (uid, plugin, name) => volumeOf(join(memory, uid), plugin, name),
    subPath: (uid, volume, container, index) => join(pod(uid), 'volume-subpaths', volume, container, String(index)),
    terminationLog: (uid, container, attempt) => join(pod(uid), 'containers', container, String(attempt)),
  };
}
