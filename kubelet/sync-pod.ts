import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DeepReadonly } from '../api/meta/object.ts';
import type { Secret, Service } from '../api/schema/generated/core-v1.ts';
import type { Deps } from '../component/deps.ts';
import type { ItemBackOff } from './back-off.ts';
import { podCgroup } from './cgroups/resources.ts';
import { containerSpec } from './container-spec.ts';
import { environmentOf } from './environment/environment.ts';
import { expand } from './environment/expand.ts';
import type { PodAddresses } from './environment/field-ref.ts';
import { serviceEnvironment } from './environment/service-environment.ts';
import type { ImageManager } from './images/image-manager.ts';
import type { KillPod } from './kill-pod.ts';
import { runHook } from './lifecycle/hooks.ts';
import { dnsConfigOf, parseResolvConf, type ClusterDns } from './network/dns-config.ts';
import { hostNetworkHostsFile, hostsFile } from './network/hosts-file.ts';
import { podNames } from './network/pod-names.ts';
import type { ObjectStore } from './objects/object-store.ts';
import type { PodEvents } from './pod-events.ts';
import { planPod, type PodPlan, type StartContainer } from './pod-plan.ts';
import { containerHash } from './pods/container-hash.ts';
import type { PodFolders } from './pods/pod-folders.ts';
import {
  containersOf,
  findContainer,
  formatPod,
  isTerminalPhase,
  type ReadonlyContainer,
  type ReadonlyPod,
  type RoledContainer,
} from './pods/pod.ts';
import type { ProbeManager } from './probes/probe-manager.ts';
import type { ContainerRuntime, Mount, RuntimeState, SandboxSpec } from './runtime/container-runtime.ts';
import type { Semaphore } from './semaphore.ts';
import { StartError } from './start-error.ts';
import type { WaitingReason } from './status/container-status.ts';
import { podStatus } from './status/pod-status.ts';
import type { StatusManager } from './status/status-manager.ts';
import { createTerminationMessages } from './status/termination-message.ts';
import { VolumeSetUpError, type PodVolumes } from './volumes/pod-volumes.ts';
import { bindSubPath } from './volumes/subpath.ts';
import type { MountedVolume, Mounter } from './volumes/volume-plugin.ts';

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
  readonly images: ImageManager;
  readonly probes: ProbeManager;
  readonly volumes: PodVolumes;
  readonly statuses: StatusManager;
  readonly store: ObjectStore;
  readonly folders: PodFolders;
  readonly mounts: Mounter;
  readonly crashBackOff: ItemBackOff;
  readonly killPod: KillPod;
  /** Sandboxes and containers being made at one time on this node. */
  readonly starts: Semaphore;
  readonly services: (pod: ReadonlyPod) => Promise<readonly DeepReadonly<Service>[]>;
  readonly node: {
    readonly name: string;
    ips(): readonly string[];
    allocatable(): Readonly<Record<string, string>>;
    readonly memoryBytes: number;
  };
  readonly config: {
    readonly clusterDns: ClusterDns;
    readonly resolvConf: string;
    readonly cgroupRoot: string;
    readonly cpuCfsQuota: boolean;
    readonly seccompDefault: boolean;
    readonly seccompProfileRoot: string;
    /** How often a pod is looked at when nothing happens, in ms. */
    readonly syncFrequencyMs: number;
  };
}

export function createPodSyncer(given: SyncPodGiven, deps: Pick<Deps, 'clock' | 'random' | 'log'>): PodSyncer {
  const { runtime, events, probes, statuses, folders, node, config, crashBackOff } = given;
  const { clock } = deps;
  const terminationMessages = createTerminationMessages(runtime, folders);

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
    let nextMs = Math.min(config.syncFrequencyMs * (1 + deps.random.next() / 2), deadlineMs - clock.now());
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
        : createSandbox(pod, plan.createSandboxAttempt, signal),
      ensureVolumes(pod, memory, observed.sandboxes[0]?.ips ?? [], signal),
    ]);
    if (sandbox instanceof StartError) return [sandbox];
    if (volumeProblems) return volumeProblems;
    if (plan.createSandboxAttempt !== undefined) await refreshStatus(pod, memory, signal);

    const problems: StartError[] = [];
    await ensureHostsFile(pod, sandbox.ips);
    for (const start of plan.start) {
      try {
        await startContainer(pod, start, sandbox, observed, memory, signal);
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

  async function createSandbox(
    pod: ReadonlyPod,
    attempt: number,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<ContainerRuntime['createSandbox']>> | StartError> {
    try {
      const spec = await sandboxSpec(pod, attempt);
      return await given.starts.run(signal, () => runtime.createSandbox(spec, signal));
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      events.record(pod, {
        type: 'Warning',
        reason: 'FailedCreatePodSandBox',
        message: `Failed to create pod sandbox: ${message}`,
      });
      deps.log.warn('sandbox not created', { pod: formatPod(pod), error });
      return new StartError('CreatePodSandboxError', message);
    }
  }

  async function sandboxSpec(pod: ReadonlyPod, attempt: number): Promise<SandboxSpec> {
    const { metadata, spec } = pod;
    const ofHost = config.resolvConf ? await readFile(config.resolvConf, 'utf8').catch(() => '') : '';
    const { dns, problem } = dnsConfigOf(pod, config.clusterDns, parseResolvConf(ofHost));
    if (problem) {
      const message = `pod: "${formatPod(pod)}". ${problem}`;
      events.record(pod, { type: 'Warning', reason: 'MissingClusterDNS', message });
    }
    return {
      podNamespace: metadata.namespace!,
      podName: metadata.name!,
      podUid: metadata.uid!,
      attempt,
      hostname: podNames(pod, config.clusterDns.domain).hostname,
      hostNetwork: spec!.hostNetwork ?? false,
      hostPid: spec!.hostPID ?? false,
      hostIpc: spec!.hostIPC ?? false,
      dns,
      portMappings: spec!.hostNetwork
        ? []
        : containersOf(pod).flatMap(({ container }) =>
            (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP }) =>
              hostPort
                ? [
                    {
                      protocol: (protocol ?? 'TCP') as 'TCP',
                      containerPort,
                      hostPort,
                      ...(hostIP ? { hostIp: hostIP } : {}),
                    },
                  ]
                : [],
            ),
          ),
      sysctls: Object.fromEntries((spec!.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
      cgroupParent: podCgroup(pod, config.cgroupRoot),
      labels: Object.fromEntries(
        // Names of Kubernetes' own must stay the runtime's to write.
        Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith('io.kubernetes.')),
      ),
    };
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
        clock.now() + config.syncFrequencyMs,
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

  async function ensureHostsFile(pod: ReadonlyPod, podIps: readonly string[]): Promise<void> {
    const path = folders.etcHosts(pod.metadata.uid!);
    const { hostAliases, hostNetwork } = pod.spec!;
    const text = hostNetwork
      ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8'), hostAliases)
      : hostsFile({ ...podNames(pod, config.clusterDns.domain), podIps, hostAliases });
    const old = await readFile(path, 'utf8').catch(() => undefined);
    // Containers mount the file itself: it must stay the same file.
    if (old === text) return;
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    await writeFile(path, text, { mode: 0o644 });
  }

  async function startContainer(
    pod: ReadonlyPod,
    start: StartContainer,
    sandbox: { readonly id: string; readonly ips: readonly string[] },
    observed: RuntimeState,
    memory: PodMemory,
    signal: AbortSignal,
  ): Promise<void> {
    const { container, role, attempt, previous } = start;
    const roled: RoledContainer = findContainer(pod, container.name)!;
    const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      events.record(pod, { type, reason, message, fieldPath: roled.fieldPath });
    if (previous?.state === 'exited' || previous?.state === 'running') {
      crashBackOff.next(backOffKey(pod, container), previous.finishedAtMs || clock.now());
    }
    const image = await given.images.ensure(pod, roled, () => pullSecrets(pod, signal), signal);

    let spec;
    try {
      const addresses = addressesOf(pod, sandbox.ips);
      const env = await environmentOf({
        pod,
        container,
        objects: given.store.reader(pod.metadata.namespace!, signal),
        addresses,
        services: serviceEnvironment(await given.services(pod), {
          namespace: pod.metadata.namespace!,
          enableServiceLinks: pod.spec!.enableServiceLinks ?? true,
        }),
        allocatable: node.allocatable(),
      });
      const values = new Map(env.map(({ name, value }) => [name, value]));
      spec = containerSpec({
        pod,
        container,
        attempt,
        image,
        env,
        mounts: await mountsOf(pod, container, attempt, memory.volumes!, values),
        node: { memoryBytes: node.memoryBytes, cpuCfsQuota: config.cpuCfsQuota },
        cgroupRoot: config.cgroupRoot,
        seccompProfile: await readSeccompProfile(pod, container),
        seccompDefault: config.seccompDefault,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new StartError('CreateContainerConfigError', (error as Error).message, { cause: error });
    }

    await removeOldInstances(observed, container, role === 'init' ? 0 : 1, signal);
    const id = await given.starts.run(signal, async () => {
      let made: string;
      try {
        made = await runtime.createContainer(sandbox.id, spec, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw new StartError('CreateContainerError', (error as Error).message, { cause: error });
      }
      tell('Normal', 'Created', 'Container created');
      try {
        await runtime.startContainer(made, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw new StartError('RunContainerError', (error as Error).message, { cause: error });
      }
      return made;
    });
    tell('Normal', 'Started', 'Container started');

    const hook = container.lifecycle?.postStart;
    if (!hook) return;
    try {
      const podIp = addressesOf(pod, sandbox.ips).podIps[0] ?? '';
      await runHook(hook, { container, containerId: id, podIp, runtime }, deps, signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      tell('Warning', 'FailedPostStartHook', `PostStartHook failed: ${message}`);
      const info = await runtime.inspectContainer(id, signal);
      if (info) {
        await given.killPod.killContainer(pod, { role, container, info }, { message: 'FailedPostStartHook' }, signal);
      }
      throw new StartError('PostStartHookError', message, { cause: error });
    }
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

  async function mountsOf(
    pod: ReadonlyPod,
    container: ReadonlyContainer,
    attempt: number,
    volumes: ReadonlyMap<string, MountedVolume>,
    values: ReadonlyMap<string, string>,
  ): Promise<Mount[]> {
    const uid = pod.metadata.uid!;
    const mounts: Mount[] = [];
    for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
      const volume = volumes.get(mount.name);
      if (!volume) throw new Error(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
      const subPath = mount.subPathExpr ? expandAll(mount.subPathExpr, values) : mount.subPath;
      let hostPath = volume.hostPath;
      if (subPath) {
        hostPath = folders.subPath(uid, mount.name, container.name, i);
        try {
          await bindSubPath(volume.hostPath, subPath, hostPath, given.mounts);
        } catch (error) {
          throw new Error(
            `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`,
            {
              cause: error,
            },
          );
        }
      }
      mounts.push({
        hostPath,
        containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
        readOnly: (mount.readOnly ?? false) || volume.readOnly,
        propagation: (mount.mountPropagation ?? 'None') as Mount['propagation'],
      });
    }
    const isMounted = (path: string): boolean => mounts.some(({ containerPath }) => containerPath === path);
    if (!isMounted('/etc/hosts')) {
      const hostPath = folders.etcHosts(uid);
      mounts.push({ hostPath, containerPath: '/etc/hosts', readOnly: false, propagation: 'None' });
    }
    const containerPath = container.terminationMessagePath ?? '/dev/termination-log';
    if (containerPath && !isMounted(containerPath)) {
      const hostPath = folders.terminationLog(uid, container.name, attempt);
      await mkdir(dirname(hostPath), { recursive: true, mode: 0o750 });
      await writeFile(hostPath, '');
      await chmod(hostPath, 0o666); // whoever the container runs as
      mounts.push({ hostPath, containerPath, readOnly: false, propagation: 'None' });
    }
    return mounts;
  }

  async function readSeccompProfile(pod: ReadonlyPod, container: ReadonlyContainer): Promise<string | undefined> {
    const profile = container.securityContext?.seccompProfile ?? pod.spec!.securityContext?.seccompProfile;
    if (profile?.type !== 'Localhost') return undefined;
    return readFile(join(config.seccompProfileRoot, profile.localhostProfile ?? ''), 'utf8');
  }

  /** Dead instances beyond those that are kept for their logs. */
  async function removeOldInstances(
    observed: RuntimeState,
    container: ReadonlyContainer,
    keep: number,
    signal: AbortSignal,
  ): Promise<void> {
    const dead = observed.containers.filter(({ name, state }) => name === container.name && state !== 'running');
    for (const { id } of dead.slice(keep)) await runtime.removeContainer(id, signal);
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

function expandAll(text: string, values: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const expanded = expand(text, (name) => {
    const value = values.get(name);
    if (value === undefined) missing.push(name);
    return value;
  });
  if (missing.length > 0) throw new Error(`missing value for "${missing[0]}"`);
  return expanded;
}
