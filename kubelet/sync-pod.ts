import type { Deps } from '../component/deps.ts';
import type { ItemBackOff } from './back-off.ts';
import type { PodAddresses } from './environment/field-ref.ts';
import type { KillPod } from './kill-pod.ts';
import type { SandboxMaker } from './make-sandbox.ts';
import type { PodEvents } from './pod-events.ts';
import { planPod, type PodPlan } from './pod-plan.ts';
import { containerHash } from './pods/container-hash.ts';
import type { PodFolders } from './pods/pod-folders.ts';
import {
  containersOf,
  findContainer,
  formatPod,
  isTerminalPhase,
  type ReadonlyContainer,
  type ReadonlyPod,
} from './pods/pod.ts';
import type { ProbeManager } from './probes/probe-manager.ts';
import type { ContainerRuntime, RuntimeState } from './runtime/container-runtime.ts';
import { StartError } from './start-error.ts';
import type { ContainerStarter } from './start-container.ts';
import type { WaitingReason } from './status/container-status.ts';
import { podStatus } from './status/pod-status.ts';
import type { StatusManager } from './status/status-manager.ts';
import { createTerminationMessages } from './status/termination-message.ts';
import { VolumeSetUpError, type PodVolumes } from './volumes/pod-volumes.ts';
import type { MountedVolume } from './volumes/volume-plugin.ts';

/** What is remembered of a pod between two looks at it. Belongs to the pod's worker. */
export interface PodMemory {
  /** Why containers wait, by name. */
  readonly waiting: Map<string, WaitingReason>;
  /** Absent where they must be made, or brought up to date. */
  volumes?: ReadonlyMap<string, MountedVolume>;
  volumesRefreshAtMs: number;
  /** Times in a row that not all of them could be made. */
  volumeFailures: number;
  /** A verdict on the pod as a whole; it ends the pod. */
  verdict?: { readonly reason: string; readonly message: string };
  /** Nothing is to be started any more. */
  isEnding: boolean;
}

export interface SyncResult {
  /** Nothing of the pod will run again: it is to be stopped and released. */
  readonly isOver: boolean;
  /** Something was done: look again at once. */
  readonly didSomething: boolean;
  /** When to look again at the latest, in ms. */
  readonly nextMs: number;
}

export interface PodSyncer {
  /** One look at a pod and what follows from it. Safe to repeat; rejects where it could not be finished. */
  sync(pod: ReadonlyPod, memory: PodMemory, signal: AbortSignal): Promise<SyncResult>;
  /** Reads what runs and sets the status that follows. */
  refreshStatus(pod: ReadonlyPod, memory: PodMemory, signal: AbortSignal): Promise<RuntimeState>;
}

export interface SyncPodGiven {
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  readonly probes: ProbeManager;
  readonly volumes: PodVolumes;
  readonly statuses: StatusManager;
  readonly folders: PodFolders;
  readonly crashBackOff: ItemBackOff;
  readonly killPod: KillPod;
  readonly sandboxes: SandboxMaker;
  readonly starter: ContainerStarter;
  readonly node: { readonly name: string; ips(): readonly string[] };
  /** How often a pod is looked at when nothing happens, in ms. */
  readonly syncFrequencyMs: number;
}

/**
 * Calls for one pod must not overlap: they share its `PodMemory`, which is the caller's. A container that cannot be
 * started does not reject `sync`: the status says why, and `nextMs` when to try again.
 */
export function createPodSyncer(given: SyncPodGiven, deps: Pick<Deps, 'clock' | 'random' | 'log'>): PodSyncer {
  const { runtime, events, probes, statuses, node, crashBackOff, syncFrequencyMs } = given;
  const { clock } = deps;
  const terminationMessages = createTerminationMessages(runtime, given.folders);

  const backOffKey = (pod: ReadonlyPod, container: ReadonlyContainer): string =>
    `${pod.metadata.uid}/${container.name}/${containerHash(container)}`;

  async function refreshStatus(pod: ReadonlyPod, memory: PodMemory, signal: AbortSignal): Promise<RuntimeState> {
    const uid = pod.metadata.uid!;
    const observed = await runtime.observe({ podUid: uid }, signal);
    await terminationMessages.read(observed, signal);
    const previous = statuses.get(uid) ?? pod.status;
    watchProbes(pod, observed);
    statuses.set(
      pod,
      podStatus({
        pod,
        observed,
        waiting: memory.waiting,
        previous,
        runtimeName: runtime.name,
        hostIps: node.ips(),
        startTimeMs: previous?.startTime ? Date.parse(previous.startTime) : clock.now(),
        nowMs: clock.now(),
        isEnding: memory.isEnding,
        verdict: memory.verdict,
        readiness: probes.readiness,
        startup: probes.startup,
        terminationMessage: terminationMessages.of,
      }),
    );
    return observed;
  }

  function watchProbes(pod: ReadonlyPod, observed: RuntimeState): void {
    const [podIp] = pod.spec!.hostNetwork ? node.ips() : (observed.sandboxes[0]?.ips ?? []);
    const running = containersOf(pod).flatMap((roled) => {
      const [latest] = observed.containers.filter(({ name }) => name === roled.container.name);
      return latest?.state === 'running' ? [{ roled, containerId: latest.id, startedAtMs: latest.startedAtMs }] : [];
    });
    if (podIp !== undefined || running.length === 0) probes.watch(pod, podIp ?? '', running);
  }

  async function sync(pod: ReadonlyPod, memory: PodMemory, signal: AbortSignal): Promise<SyncResult> {
    const uid = pod.metadata.uid!;
    const observed = await refreshStatus(pod, memory, signal);
    const status = statuses.get(uid)!;
    if (isTerminalPhase(status.phase)) return { isOver: true, didSomething: false, nextMs: 0 };

    const deadlineMs = deadlineOf(pod, status.startTime);
    if (deadlineMs <= clock.now()) {
      const message = 'Pod was active on the node longer than the specified deadline';
      events.record(pod, { type: 'Normal', reason: 'DeadlineExceeded', message });
      memory.verdict = { reason: 'DeadlineExceeded', message };
      return { isOver: true, didSomething: false, nextMs: 0 };
    }

    const plan = planPod({
      pod: { ...pod, status },
      observed,
      probes,
      restartAllowedAtMs: (container, ended) =>
        crashBackOff.untilMs(backOffKey(pod, container), ended.finishedAtMs || clock.now()),
    });
    let nextMs = Math.min(syncFrequencyMs * (1 + deps.random.next() / 2), deadlineMs - clock.now());
    noteBackOff(pod, plan, memory);
    for (const { untilMs } of plan.backOff) nextMs = Math.min(nextMs, untilMs - clock.now());
    if (plan.backOff.length > 0) await refreshStatus(pod, memory, signal);

    if (plan.killPod && plan.createSandboxAttempt === undefined) {
      const something = observed.sandboxes.length > 0 || observed.containers.some(({ state }) => state === 'running');
      if (something) await given.killPod.kill(pod, observed, {}, signal);
      const after = something ? await refreshStatus(pod, memory, signal) : observed;
      const isOver = isTerminalPhase(statuses.get(uid)!.phase);
      return { isOver, didSomething: something && after.containers.some(({ state }) => state === 'running'), nextMs };
    }

    const problems = await apply(pod, plan, observed, memory, signal);
    if (memory.volumes) nextMs = Math.min(nextMs, memory.volumesRefreshAtMs - clock.now());
    for (const problem of problems) {
      nextMs = Math.min(nextMs, problem.retryAtMs === undefined ? retryMs : problem.retryAtMs - clock.now());
    }
    if (problems.length > 0) await refreshStatus(pod, memory, signal);
    const acted =
      plan.killPod || plan.kill.length > 0 || plan.createSandboxAttempt !== undefined || plan.start.length > 0;
    return { isOver: false, didSomething: acted && problems.length === 0, nextMs: Math.max(0, nextMs) };
  }

  function noteBackOff(pod: ReadonlyPod, plan: PodPlan, memory: PodMemory): void {
    for (const { container } of plan.backOff) {
      const key = backOffKey(pod, container);
      const known = memory.waiting.get(container.name);
      const message = `back-off ${formatWait(crashBackOff.get(key))} restarting failed container=${container.name} pod=${formatPod(pod)}`;
      if (known?.reason === 'CrashLoopBackOff' && known.message === message) continue;
      memory.waiting.set(container.name, { reason: 'CrashLoopBackOff', message });
      events.record(pod, {
        type: 'Warning',
        reason: 'BackOff',
        message: `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`,
        fieldPath: findContainer(pod, container.name)!.fieldPath,
      });
    }
  }

  /** Does what the plan says; failures of single containers are answered, so that the others still start. */
  async function apply(
    pod: ReadonlyPod,
    plan: PodPlan,
    observed: RuntimeState,
    memory: PodMemory,
    signal: AbortSignal,
  ): Promise<StartError[]> {
    if (plan.killPod) {
      if (observed.sandboxes.length > 0) {
        events.record(pod, {
          type: 'Normal',
          reason: 'SandboxChanged',
          message: 'Pod sandbox changed, it will be killed and re-created.',
        });
      }
      await given.killPod.kill(pod, observed, {}, signal);
      await removeInitContainers(pod, observed, signal);
    }
    for (const { containerId, container, role, message, reason } of plan.kill) {
      const info = observed.containers.find(({ id }) => id === containerId)!;
      const probe =
        reason === 'liveness' ? container.livenessProbe : reason === 'startup' ? container.startupProbe : undefined;
      await given.killPod.killContainer(
        pod,
        { role, container, info },
        { message, gracePeriodSeconds: probe?.terminationGracePeriodSeconds },
        signal,
      );
    }
    if (plan.createSandboxAttempt === undefined && plan.start.length === 0) {
      if (memory.volumes && memory.volumesRefreshAtMs > clock.now()) return [];
      // Only files change: containers that run see them at once.
      return (await ensureVolumes(pod, memory, observed.sandboxes[0]?.ips ?? [], signal)) ?? [];
    }

    // The two do not need each other, and each takes a while.
    const [sandbox, volumeProblems] = await Promise.all([
      plan.createSandboxAttempt === undefined
        ? observed.sandboxes.find(({ id }) => id === plan.sandboxId)!
        : given.sandboxes.make(pod, plan.createSandboxAttempt, signal),
      ensureVolumes(pod, memory, observed.sandboxes[0]?.ips ?? [], signal),
    ]);
    if (sandbox instanceof StartError) return [sandbox];
    if (volumeProblems) return volumeProblems;
    if (plan.createSandboxAttempt !== undefined) await refreshStatus(pod, memory, signal);

    await given.sandboxes.ensureHostsFile(pod, sandbox.ips);
    const into = {
      sandboxId: sandbox.id,
      addresses: addressesOf(pod, sandbox.ips),
      volumes: memory.volumes!,
      observed,
    };
    const problems: StartError[] = [];
    for (const start of plan.start) {
      const { previous } = start;
      if (previous && previous.state !== 'created') {
        crashBackOff.next(backOffKey(pod, start.container), previous.finishedAtMs || clock.now());
      }
      try {
        await given.starter.start(pod, start, into, signal);
        memory.waiting.delete(start.container.name);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof StartError)) throw error;
        memory.waiting.set(start.container.name, { reason: error.reason, message: error.message });
        events.record(pod, {
          type: 'Warning',
          reason: 'Failed',
          message: `Error: ${eventDetail(error)}`,
          fieldPath: findContainer(pod, start.container.name)!.fieldPath,
        });
        problems.push(error);
      }
    }
    return problems;
  }

  /** Problems where not all volumes could be made. */
  async function ensureVolumes(
    pod: ReadonlyPod,
    memory: PodMemory,
    podIps: readonly string[],
    signal: AbortSignal,
  ): Promise<StartError[] | undefined> {
    if (memory.volumes && memory.volumesRefreshAtMs > clock.now()) return undefined;
    try {
      const mounted = await given.volumes.setUp(pod, addressesOf(pod, podIps), signal);
      memory.volumes = mounted;
      memory.volumeFailures = 0;
      memory.volumesRefreshAtMs = Math.min(
        clock.now() + syncFrequencyMs,
        ...[...mounted.values()].map(({ refreshAtMs }) => refreshAtMs ?? Infinity),
      );
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof VolumeSetUpError)) throw error;
      for (const { volume, error: cause } of error.failures) {
        const message = `MountVolume.SetUp failed for volume "${volume}" : ${cause.message}`;
        events.record(pod, { type: 'Warning', reason: 'FailedMount', message });
      }
      deps.log.warn('volumes not ready', { pod: formatPod(pod), error: error.message });
      const waitMs = Math.min(volumeRetry.initialMs * 2 ** memory.volumeFailures++, volumeRetry.maxMs);
      return [new StartError('ContainerCreating', error.message, { retryAtMs: clock.now() + waitMs })];
    }
  }

  function addressesOf(pod: ReadonlyPod, podIps: readonly string[]): PodAddresses {
    const hostIps = node.ips();
    return { podIps: pod.spec!.hostNetwork ? hostIps : podIps, hostIps, nodeName: node.name };
  }

  /** Init containers run again in a new sandbox, from their beginning. */
  async function removeInitContainers(pod: ReadonlyPod, observed: RuntimeState, signal: AbortSignal): Promise<void> {
    const names = new Set((pod.spec!.initContainers ?? []).map(({ name }) => name));
    for (const { id, name } of observed.containers) if (names.has(name)) await runtime.removeContainer(id, signal);
  }

  return { sync, refreshStatus };
}

/** After a failure that says nothing of when to try again, in ms. */
const retryMs = 5000;
/** Volumes often wait for an object that is just being made: soon at first, then less often. */
const volumeRetry = { initialMs: 500, maxMs: 15_000 };

function deadlineOf(pod: ReadonlyPod, startTime: string | undefined): number {
  const seconds = pod.spec!.activeDeadlineSeconds;
  return seconds === undefined || !startTime ? Infinity : Date.parse(startTime) + seconds * 1000;
}

/** `Error: ErrImagePull` for what has been told already, the message for anything else. */
function eventDetail(error: StartError): string {
  return ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'].includes(error.reason)
    ? error.reason
    : error.message;
}

/** `10s`, `1m20s`, as Go prints a duration. */
function formatWait(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
