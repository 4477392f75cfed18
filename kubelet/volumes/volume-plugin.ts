import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PersistentVolume, PersistentVolumeClaim, Volume } from '../../api/schema/generated/core-v1.ts';
import type { Clock } from '../../component/clock.ts';
import type { ObjectReader } from '../environment/environment.ts';
import type { PodAddresses } from '../environment/field-ref.ts';
import type { ServiceAccountTokens } from '../objects/service-account-tokens.ts';
import type { ReadonlyPod } from '../pods/pod.ts';

export type ReadonlyVolume = DeepReadonly<Volume>;

/** A kind of volume. Everything it makes lies in the folders it is given: removing those is the whole of its clean-up. */
export interface VolumePlugin {
  /** Upstream's: `kubernetes.io/empty-dir`. Part of the volume's path. */
  readonly name: string;
  supports(volume: ReadonlyVolume): boolean;
  /**
   * Makes the volume, or brings one that is there up to date; doing it twice changes nothing. The message of a failure
   * goes to the user.
   */
  setUp(volume: ReadonlyVolume, context: VolumeContext): Promise<MountedVolume>;
}

export interface MountedVolume {
  /** Folder (or file, for some host paths) on this host that containers mount. */
  readonly hostPath: string;
  /** Containers may not write, whatever their mounts say. */
  readonly readOnly: boolean;
  /** Wall time at which it must be brought up to date at the latest. */
  readonly refreshAtMs?: number;
}

export interface VolumeContext {
  readonly pod: ReadonlyPod;
  /** The volume's own folder; it may not exist yet. */
  readonly folder: string;
  /** The same in memory, for what must never reach a disk. */
  readonly memoryFolder: string;
  readonly objects: ObjectReader;
  readonly claims: ClaimReader;
  readonly tokens: ServiceAccountTokens;
  readonly addresses: PodAddresses;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly mounts: Mounter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ClaimReader {
  claim(namespace: string, name: string): Promise<DeepReadonly<PersistentVolumeClaim> | undefined>;
  volume(name: string): Promise<DeepReadonly<PersistentVolume> | undefined>;
}

/** Mounts of this host. */
export interface Mounter {
  isMountPoint(path: string): Promise<boolean>;
  mountTmpfs(path: string, options?: { readonly sizeBytes?: number }): Promise<void>;
  bind(source: string, target: string): Promise<void>;
  /** Takes off everything mounted at the path and below it. */
  unmountAll(path: string): Promise<void>;
}
