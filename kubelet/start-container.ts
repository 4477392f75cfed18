import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeepReadonly } from '../api/meta/object.ts';
import type { Secret, Service } from '../api/schema/generated/core-v1.ts';
import type { Deps } from '../component/deps.ts';
import { containerMounts } from './container-mounts.ts';
import { containerSpec } from './container-spec.ts';
import { environmentOf } from './environment/environment.ts';
import type { PodAddresses } from './environment/field-ref.ts';
import { serviceEnvironment } from './environment/service-environment.ts';
import type { ImageManager } from './images/image-manager.ts';
import type { KillPod } from './kill-pod.ts';
import { runHook } from './lifecycle/hooks.ts';
import type { ObjectStore } from './objects/object-store.ts';
import type { PodEvents } from './pod-events.ts';
import type { StartContainer } from './pod-plan.ts';
import type { PodFolders } from './pods/pod-folders.ts';
import { findContainer, type ReadonlyContainer, type ReadonlyPod } from './pods/pod.ts';
import type { ContainerRuntime, ContainerSpec, ImageInfo, RuntimeState } from './runtime/container-runtime.ts';
import type { Semaphore } from './semaphore.ts';
import { StartError } from './start-error.ts';
import type { MountedVolume, Mounter } from './volumes/volume-plugin.ts';

export interface ContainerStarter {
  /**
   * Everything from the image to the end of the postStart hook. Throws StartError, whose reason and message the status
   * is to show.
   */
  start(pod: ReadonlyPod, start: StartContainer, into: StartInto, signal: AbortSignal): Promise<void>;
}

export interface StartInto {
  readonly sandboxId: string;
  readonly addresses: PodAddresses;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** What there is of the pod: older instances beyond the last are removed. */
  readonly observed: RuntimeState;
}

export interface ContainerStarterGiven {
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  readonly images: ImageManager;
  readonly store: ObjectStore;
  readonly folders: PodFolders;
  readonly mounts: Mounter;
  readonly killPod: KillPod;
  readonly starts: Semaphore;
  /** Resolves once services are known, for pods that must know them. */
  readonly services: (pod: ReadonlyPod, signal: AbortSignal) => Promise<readonly DeepReadonly<Service>[]>;
  readonly node: { allocatable(): Readonly<Record<string, string>>; readonly memoryBytes: number };
  readonly config: {
    readonly cgroupRoot: string;
    readonly cpuCfsQuota: boolean;
    readonly seccompDefault: boolean;
    readonly seccompProfileRoot: string;
  };
}

/**
 * Containers are created and started as `given.starts` has room; images are pulled and hooks run outside of it. Of dead
 * instances one is kept for its log, none of an init container.
 */
export function createContainerStarter(given: ContainerStarterGiven, deps: Pick<Deps, 'clock'>): ContainerStarter {
  const { runtime, events, config, node } = given;

  async function specOf(
    pod: ReadonlyPod,
    { container, attempt }: StartContainer,
    image: ImageInfo,
    { addresses, volumes }: StartInto,
    signal: AbortSignal,
  ): Promise<ContainerSpec> {
    const namespace = pod.metadata.namespace!;
    const env = await environmentOf({
      pod,
      container,
      objects: given.store.reader(namespace, signal),
      addresses,
      services: serviceEnvironment(await given.services(pod, signal), {
        namespace,
        enableServiceLinks: pod.spec!.enableServiceLinks ?? true,
      }),
      allocatable: node.allocatable(),
    });
    const values = new Map(env.map(({ name, value }) => [name, value]));
    return containerSpec({
      pod,
      container,
      attempt,
      image,
      env,
      mounts: await containerMounts({ pod, container, attempt, volumes, env: values }, given),
      node: { memoryBytes: node.memoryBytes, cpuCfsQuota: config.cpuCfsQuota },
      cgroupRoot: config.cgroupRoot,
      seccompProfile: await readSeccompProfile(pod, container),
      seccompDefault: config.seccompDefault,
    });
  }

  async function readSeccompProfile(pod: ReadonlyPod, container: ReadonlyContainer): Promise<string | undefined> {
    const profile = container.securityContext?.seccompProfile ?? pod.spec!.securityContext?.seccompProfile;
    if (profile?.type !== 'Localhost') return undefined;
    return readFile(join(config.seccompProfileRoot, profile.localhostProfile ?? ''), 'utf8');
  }

  async function pullSecrets(pod: ReadonlyPod, signal: AbortSignal): Promise<DeepReadonly<Secret>[]> {
    const reader = given.store.reader(pod.metadata.namespace!, signal);
    const found = await Promise.all(
      (pod.spec!.imagePullSecrets ?? []).map(async ({ name = '' }) => {
        const secret = await reader.secret(name).catch(() => undefined);
        if (!secret) {
          const message = `Unable to retrieve some image pull secrets (${name}); attempting to pull the image may not succeed.`;
          events.record(pod, { type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message });
        }
        return secret;
      }),
    );
    return found.filter((secret) => secret !== undefined);
  }

  /** Dead instances beyond those that are kept for their logs. */
  async function removeOldInstances(
    { container, role }: StartContainer,
    observed: RuntimeState,
    signal: AbortSignal,
  ): Promise<void> {
    const dead = observed.containers.filter(({ name, state }) => name === container.name && state !== 'running');
    for (const { id } of dead.slice(role === 'init' ? 0 : 1)) await runtime.removeContainer(id, signal);
  }

  return {
    start: async (pod, start, into, signal) => {
      const { container, role } = start;
      const roled = findContainer(pod, container.name)!;
      const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
        events.record(pod, { type, reason, message, fieldPath: roled.fieldPath });
      const failWith = (reason: string) => (error: unknown) => {
        signal.throwIfAborted();
        throw new StartError(reason, (error as Error).message, { cause: error });
      };

      const image = await given.images.ensure(pod, roled, () => pullSecrets(pod, signal), signal);
      const spec = await specOf(pod, start, image, into, signal).catch(failWith('CreateContainerConfigError'));
      await removeOldInstances(start, into.observed, signal);
      const containerId = await given.starts.run(signal, async () => {
        const id = await runtime.createContainer(into.sandboxId, spec, signal).catch(failWith('CreateContainerError'));
        tell('Normal', 'Created', 'Container created');
        await runtime.startContainer(id, signal).catch(failWith('RunContainerError'));
        return id;
      });
      tell('Normal', 'Started', 'Container started');

      const hook = container.lifecycle?.postStart;
      if (!hook) return;
      try {
        const podIp = into.addresses.podIps[0] ?? '';
        await runHook(hook, { container, containerId, podIp, runtime }, deps, signal);
      } catch (error) {
        signal.throwIfAborted();
        const { message } = error as Error;
        tell('Warning', 'FailedPostStartHook', `PostStartHook failed: ${message}`);
        const info = await runtime.inspectContainer(containerId, signal);
        const options = { message: 'FailedPostStartHook' };
        if (info) await given.killPod.killContainer(pod, { role, container, info }, options, signal);
        throw new StartError('PostStartHookError', message, { cause: error });
      }
    },
  };
}
