import type { Deps } from '../component/deps.ts';
import { podCgroup } from './cgroups/resources.ts';
import { removePodCgroup } from './cgroups/pod-cgroups.ts';
import type { ItemBackOff } from './back-off.ts';
import type { KillPod } from './kill-pod.ts';
import type { ReadonlyPod } from './pods/pod.ts';
import type { ProbeManager } from './probes/probe-manager.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import type { StatusManager } from './status/status-manager.ts';
import type { PodMemory, PodSyncer } from './sync-pod.ts';
import type { PodVolumes } from './volumes/pod-volumes.ts';

/** The end of a pod, in steps that may each be repeated. */
export interface PodReleaser {
  /** Stops all that runs; resolves when nothing does and the status says so. */
  stop(
    pod: ReadonlyPod,
    memory: PodMemory,
    options: { readonly gracePeriodSeconds: number },
    signal: AbortSignal,
  ): Promise<void>;
  /** Frees volumes, cgroup and folders; the containers stay for their logs. Then its deletion may be confirmed. */
  release(pod: ReadonlyPod, signal: AbortSignal): Promise<void>;
  /** Removes the last of it: dead containers, and what is remembered. */
  forget(pod: ReadonlyPod, signal: AbortSignal): Promise<void>;
}

/** Between looks at a pod that is stopping, in ms. */
const stopCheckMs = 20;

/**
 * Of one pod, the worker calls the steps in their order. `backOffs` are those whose keys begin with `UID/` or `UID_`:
 * they are forgotten with the pod.
 */
export function createPodReleaser(
  given: {
    readonly runtime: ContainerRuntime;
    readonly syncer: PodSyncer;
    readonly killPod: KillPod;
    readonly probes: ProbeManager;
    readonly statuses: StatusManager;
    readonly volumes: PodVolumes;
    readonly backOffs: readonly ItemBackOff[];
    readonly cgroupRoot: string;
  },
  deps: Pick<Deps, 'clock'>,
): PodReleaser {
  const { runtime, syncer, killPod, probes, statuses, volumes } = given;

  return {
    stop: async (pod, memory, { gracePeriodSeconds }, signal) => {
      for (;;) {
        const observed = await syncer.refreshStatus(pod, memory, signal);
        const isQuiet =
          observed.sandboxes.length === 0 &&
          observed.containers.every(({ state }) => state !== 'running' && state !== 'unknown');
        if (isQuiet) break;
        await killPod.kill(pod, observed, { gracePeriodSeconds }, signal);
        await deps.clock.sleep(stopCheckMs, signal);
      }
      probes.forget(pod.metadata.uid!);
    },
    release: async (pod) => {
      await volumes.tearDown(pod.metadata.uid!);
      await removePodCgroup(podCgroup(pod, given.cgroupRoot));
      statuses.released(pod);
    },
    forget: async (pod, signal) => {
      const uid = pod.metadata.uid!;
      const { containers, sandboxes } = await runtime.observe({ podUid: uid }, signal);
      for (const { id } of containers) await runtime.removeContainer(id, signal);
      for (const { id } of sandboxes) await runtime.removeSandbox(id, signal);
      for (const backOff of given.backOffs) {
        backOff.resetAll(`${uid}/`);
        backOff.resetAll(`${uid}_`);
      }
      statuses.forget(uid);
      probes.forget(uid);
    },
  };
}
