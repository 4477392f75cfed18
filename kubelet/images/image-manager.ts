import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Secret } from '../../api/schema/generated/core-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { ItemBackOff } from '../back-off.ts';
import type { PodEvents } from '../pod-events.ts';
import type { ReadonlyPod, RoledContainer } from '../pods/pod.ts';
import type { ContainerRuntime, ImageInfo } from '../runtime/container-runtime.ts';
import { StartError } from '../start-error.ts';
import type { ImageGc } from './image-gc.ts';
import { parseImageReference } from './image-reference.ts';
import { credentialsFor } from './pull-credentials.ts';
import { createSemaphore } from '../semaphore.ts';

export interface ImageManager {
  /** The image of a container, pulled where its policy says so. Throws StartError; tells of it by events. */
  ensure(
    pod: ReadonlyPod,
    container: RoledContainer,
    pullSecrets: () => Promise<readonly DeepReadonly<Secret>[]>,
    signal: AbortSignal,
  ): Promise<ImageInfo>;
}

interface Given {
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  readonly backOff: ItemBackOff;
  /** Pulls at one time; more wait. */
  readonly maxParallelPulls: number;
  /** Who collects images that nobody uses. */
  readonly gc?: Pick<ImageGc, 'pulled' | 'used'>;
}

/**
 * A container without a pull policy has upstream's default: IfNotPresent for a digest or a tag other than `latest`,
 * else Always. Keys of `backOff` are `UID_IMAGE`; resetting them when the pod goes is the caller's.
 */
export function createImageManager(given: Given, deps: Pick<Deps, 'clock'>): ImageManager {
  const { runtime, events, backOff } = given;
  const { clock } = deps;
  const pulls = createSemaphore(given.maxParallelPulls);
  /** Why the last pull failed, by back-off key: the message of waiting containers repeats it. */
  const lastFailure = new Map<string, string>();

  async function pull(image: string, secrets: readonly DeepReadonly<Secret>[], signal: AbortSignal): Promise<void> {
    const credentials = credentialsFor(image, secrets);
    let failure: unknown;
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        await runtime.pullImage(image, auth, signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  return {
    ensure: async (pod, { container, fieldPath }, pullSecrets, signal) => {
      const image = container.image ?? '';
      const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
        events.record(pod, { type, reason, message, fieldPath });
      const reference = parseImageReference(image);
      if (!reference) {
        const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
        tell('Warning', 'InspectFailed', message);
        throw new StartError('InvalidImageName', message);
      }
      let present: ImageInfo | undefined;
      try {
        present = await runtime.imageStatus(image, signal);
      } catch (error) {
        signal.throwIfAborted();
        const message = `Failed to inspect image "${image}": ${(error as Error).message}`;
        tell('Warning', 'InspectFailed', message);
        throw new StartError('ImageInspectError', message);
      }
      const defaultPolicy =
        reference.digest || (reference.tag && reference.tag !== 'latest') ? 'IfNotPresent' : 'Always';
      const policy = container.imagePullPolicy ?? defaultPolicy;
      if (present && policy !== 'Always') {
        tell(
          'Normal',
          'Pulled',
          `Container image "${image}" already present on machine and can be accessed by the pod`,
        );
        given.gc?.used(present.id);
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image "${image}" is not present with pull policy of Never`;
        tell('Warning', 'ErrImageNeverPull', message);
        throw new StartError('ErrImageNeverPull', message);
      }

      const key = `${pod.metadata.uid}_${image}`;
      const untilMs = backOff.untilMs(key);
      if (untilMs !== undefined && lastFailure.has(key)) {
        tell('Normal', 'BackOff', `Back-off pulling image "${image}"`);
        throw new StartError(
          'ImagePullBackOff',
          `Back-off pulling image "${image}": ErrImagePull: ${lastFailure.get(key)}`,
          { retryAtMs: untilMs },
        );
      }
      tell('Normal', 'Pulling', `Pulling image "${image}"`);
      const askedMs = clock.monotonicMs();
      let startedMs = askedMs;
      try {
        const secrets = await pullSecrets();
        await pulls.run(signal, async () => {
          startedMs = clock.monotonicMs();
          await pull(image, secrets, signal);
        });
      } catch (error) {
        signal.throwIfAborted();
        const reason = (error as Error).message;
        tell('Warning', 'Failed', `Failed to pull image "${image}": ${reason}`);
        backOff.next(key, clock.now());
        lastFailure.set(key, reason);
        throw new StartError('ErrImagePull', reason);
      }
      backOff.reset(key);
      lastFailure.delete(key);
      const pulled = await runtime.imageStatus(image, signal);
      if (!pulled) throw new StartError('ErrImagePull', `image "${image}" is gone right after it was pulled`);
      await given.gc?.pulled(pulled.id);
      const now = clock.monotonicMs();
      tell(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${seconds(now - startedMs)} (${seconds(now - askedMs)} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
      );
      return pulled;
    },
  };
}

/** `1.204s`, `87ms` */
function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(3))}s`;
}
