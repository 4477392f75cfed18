import { mkdir, readdir, rm } from 'node:fs/promises';
import type { Deps } from '../../component/deps.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { PodAddresses } from '../environment/field-ref.ts';
import type { PodFolders } from '../pods/pod-folders.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { REGISTRY } from './index.ts';
import type { MountedVolume, ReadonlyVolume, VolumeContext, VolumePlugin } from './volume-plugin.ts';

export interface PodVolumes {
  /** Makes the memory file system; call once before anything else. */
  start(): Promise<void>;
  /** Makes all volumes of a pod, or brings them up to date. Throws VolumeSetUpError with what failed. */
  setUp(pod: ReadonlyPod, addresses: PodAddresses, signal: AbortSignal): Promise<ReadonlyMap<string, MountedVolume>>;
  /** Takes off what is mounted for the pod and removes its folders. Also for pods nobody remembers. */
  tearDown(podUid: string): Promise<void>;
  /** Pods that have something on this host. */
  podsOnDisk(): Promise<string[]>;
}

export interface VolumeFailure {
  readonly volume: string;
  readonly error: Error;
}

/** Not all volumes of a pod could be made; the others are. */
export class VolumeSetUpError extends Error {
  readonly failures: readonly VolumeFailure[];

  constructor(failures: readonly VolumeFailure[]) {
    super(
      failures
        .map(({ volume, error }) => `MountVolume.SetUp failed for volume "${volume}" : ${error.message}`)
        .join('; '),
    );
    this.name = 'VolumeSetUpError';
    this.failures = failures;
  }
}

type Given = Pick<VolumeContext, 'claims' | 'tokens' | 'mounts'> & {
  readonly folders: PodFolders;
  readonly store: ObjectStore;
  readonly allocatable: () => Readonly<Record<string, string>>;
};

/**
 * Keeps nothing in memory: what it has made is found again in `folders`, by a later kubelet too. Where no tmpfs can be
 * mounted that is logged, and secrets lie on disk.
 */
export function createPodVolumes(given: Given, deps: Pick<Deps, 'clock' | 'log'>): PodVolumes {
  const { folders, mounts, tokens } = given;

  const setUpOne = (
    volume: ReadonlyVolume,
    pod: ReadonlyPod,
    addresses: PodAddresses,
    signal: AbortSignal,
  ): Promise<MountedVolume> => {
    const plugin = pluginFor(volume);
    const uid = pod.metadata.uid!;
    return plugin.setUp(volume, {
      pod,
      folder: folders.volume(uid, plugin.name, volume.name),
      memoryFolder: folders.memoryVolume(uid, plugin.name, volume.name),
      objects: given.store.reader(pod.metadata.namespace!, signal),
      claims: given.claims,
      tokens,
      addresses,
      allocatable: given.allocatable(),
      mounts,
      clock: deps.clock,
      signal,
    });
  };

  return {
    start: async () => {
      await mkdir(folders.pods, { recursive: true, mode: 0o750 });
      await mkdir(folders.memory, { recursive: true, mode: 0o750 });
      if (await mounts.isMountPoint(folders.memory)) return;
      try {
        await mounts.mountTmpfs(folders.memory);
      } catch (error) {
        deps.log.warn('no file system in memory: secrets lie on disk', { path: folders.memory, error });
      }
    },
    setUp: async (pod, addresses, signal) => {
      const volumes = pod.spec?.volumes ?? [];
      const results = await Promise.allSettled(volumes.map(async (volume) => setUpOne(volume, pod, addresses, signal)));
      signal.throwIfAborted();
      const mounted = new Map<string, MountedVolume>();
      const failures: VolumeFailure[] = [];
      for (const [i, result] of results.entries()) {
        const volume = volumes[i]!.name;
        if (result.status === 'fulfilled') mounted.set(volume, result.value);
        else failures.push({ volume, error: result.reason as Error });
      }
      if (failures.length > 0) throw new VolumeSetUpError(failures);
      return mounted;
    },
    tearDown: async (podUid) => {
      for (const folder of [folders.pod(podUid), folders.memoryPod(podUid)]) {
        await mounts.unmountAll(folder);
        await rm(folder, { recursive: true, force: true });
      }
      tokens.forget(podUid);
    },
    podsOnDisk: async () => {
      const found = await Promise.all(
        [folders.pods, folders.memory].map((folder) => readdir(folder).catch(() => [] as string[])),
      );
      return [...new Set(found.flat())];
    },
  };
}

function pluginFor(volume: ReadonlyVolume): VolumePlugin {
  const plugin = REGISTRY.find((each) => each.supports(volume));
  if (plugin) return plugin;
  const kinds = Object.keys(volume).filter((key) => key !== 'name');
  // Without any source a volume is an emptyDir.
  if (kinds.length === 0) return REGISTRY.find(({ name }) => name === 'kubernetes.io/empty-dir')!;
  throw new Error(`no volume plugin matched: ${kinds.join(', ')} volumes are not supported by this kubelet`);
}
