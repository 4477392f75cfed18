import type { Deps } from '../component/deps.ts';
import { runHook } from './lifecycle/hooks.ts';
import type { PodEvents } from './pod-events.ts';
import {
  findContainer,
  gracePeriodOf,
  type ContainerRole,
  type ReadonlyContainer,
  type ReadonlyPod,
} from './pods/pod.ts';
import type { ContainerRuntime, ContainerStatusInfo, RuntimeState } from './runtime/container-runtime.ts';

export interface KillOptions {
  /** In place of what the pod says. */
  readonly gracePeriodSeconds?: number;
  /** Of the event; what stands there where nothing is said is `Stopping container NAME`. */
  readonly message?: string;
}

export interface RunningContainer {
  readonly role: ContainerRole;
  /** Its spec; absent where nobody remembers the pod. */
  readonly container?: ReadonlyContainer;
  readonly info: ContainerStatusInfo;
}

export interface KillPod {
  /** Stops what runs of a pod, sidecars last and in reverse order, and removes its sandboxes. */
  kill(pod: ReadonlyPod, observed: RuntimeState, options: KillOptions, signal: AbortSignal): Promise<void>;
  /** preStop hook, stop signal, and the rest of the grace period before it is killed. */
  killContainer(pod: ReadonlyPod, running: RunningContainer, options: KillOptions, signal: AbortSignal): Promise<void>;
}

/** What a container gets to stop at the least, unless its grace period is given: upstream's. */
const minGraceSeconds = 2;

/**
 * Remembers nothing: whoever calls twice for a container runs its preStop hook twice. `nodeIps` is asked at each hook;
 * the first is the address of pods on the host's network.
 */
export function createKillPod(
  given: { readonly runtime: ContainerRuntime; readonly events: PodEvents; readonly nodeIps: () => readonly string[] },
  deps: Pick<Deps, 'clock' | 'log'>,
): KillPod {
  const { runtime, events } = given;
  const { clock } = deps;

  async function killContainer(
    pod: ReadonlyPod,
    { container, info }: RunningContainer,
    options: KillOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const fieldPath = findContainer(pod, info.name)?.fieldPath;
    const graceSeconds = options.gracePeriodSeconds ?? gracePeriodOf(pod);
    events.record(pod, {
      type: 'Normal',
      reason: 'Killing',
      message: options.message ?? `Stopping container ${info.name}`,
      ...(fieldPath ? { fieldPath } : {}),
    });
    const endMs = clock.monotonicMs() + graceSeconds * 1000;
    const hook = container?.lifecycle?.preStop;
    if (hook && graceSeconds > 0) {
      const limit = new AbortController();
      const timer = clock.after(graceSeconds * 1000, () => limit.abort(new Error('the grace period is over')));
      try {
        const podIp = (pod.spec?.hostNetwork ? given.nodeIps()[0] : pod.status?.podIP) ?? '';
        await runHook(
          hook,
          { container, containerId: info.id, podIp, runtime },
          deps,
          AbortSignal.any([signal, limit.signal]),
        );
      } catch (error) {
        signal.throwIfAborted();
        const message = `PreStopHook failed: ${(error as Error).message}`;
        if (!limit.signal.aborted) {
          events.record(pod, {
            type: 'Warning',
            reason: 'FailedPreStopHook',
            message,
            ...(fieldPath ? { fieldPath } : {}),
          });
        }
      } finally {
        timer.cancel();
      }
    }
    const leftSeconds = Math.ceil((endMs - clock.monotonicMs()) / 1000);
    const gracePeriodSeconds = Math.max(leftSeconds, Math.min(graceSeconds, minGraceSeconds));
    await runtime.stopContainer(info.id, { gracePeriodSeconds }, signal);
  }

  return {
    killContainer,
    kill: async (pod, observed, options, signal) => {
      const startMs = clock.monotonicMs();
      const graceSeconds = options.gracePeriodSeconds ?? gracePeriodOf(pod);
      const running = observed.containers
        .filter(({ state }) => state === 'running' || state === 'unknown')
        .map((info): RunningContainer => {
          const found = findContainer(pod, info.name);
          return { role: found?.role ?? 'app', container: found?.container, info };
        });
      const order = (pod.spec?.initContainers ?? []).map(({ name }) => name);
      const sidecars = running
        .filter(({ role }) => role === 'sidecar')
        .sort((a, b) => order.indexOf(b.info.name) - order.indexOf(a.info.name));
      await Promise.all(
        running.filter(({ role }) => role !== 'sidecar').map((one) => killContainer(pod, one, options, signal)),
      );
      for (const sidecar of sidecars) {
        const goneSeconds = (clock.monotonicMs() - startMs) / 1000;
        const left = Math.max(Math.min(graceSeconds, minGraceSeconds), Math.ceil(graceSeconds - goneSeconds));
        await killContainer(pod, sidecar, { ...options, gracePeriodSeconds: left }, signal);
      }
      for (const { id } of observed.sandboxes) await runtime.removeSandbox(id, signal);
    },
  };
}
