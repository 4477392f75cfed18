import type { ContainerStatusInfo, RuntimeState, SandboxStatus } from './runtime/container-runtime.ts';
import { containerHash, containerLabels } from './pods/container-hash.ts';
import {
  isSidecar,
  isTerminalPhase,
  type ContainerRole,
  type ReadonlyContainer,
  type ReadonlyPod,
} from './pods/pod.ts';

/** What probes have found out about a running container. */
export interface ProbeFindings {
  /** `failed` once the failure threshold is reached; a container without the probe has `passed`. */
  liveness(containerId: string): 'passed' | 'failed';
  startup(containerId: string): 'pending' | 'passed' | 'failed';
}

export interface PlanInput {
  readonly pod: ReadonlyPod;
  readonly observed: RuntimeState;
  readonly probes: ProbeFindings;
  /** When a container may start again that ended, or that is to be killed now; undefined means at once. */
  readonly restartAllowedAtMs: (container: ReadonlyContainer, ended: ContainerStatusInfo) => number | undefined;
}

export interface PodPlan {
  /** Everything that runs is to stop and the sandbox to go: before a new one is made, or because the pod is over. */
  readonly killPod: boolean;
  /** The sandbox to keep; absent where there is none to keep. */
  readonly sandboxId?: string;
  /** Number of the sandbox to make; absent where none is to be made. */
  readonly createSandboxAttempt?: number;
  /** One by one, before anything starts. */
  readonly kill: readonly KillContainer[];
  /** In this order, one after the other. */
  readonly start: readonly StartContainer[];
  /** Those that must wait after they ended, and until when. */
  readonly backOff: readonly BackOffContainer[];
}

export interface KillContainer {
  readonly containerId: string;
  readonly container: ReadonlyContainer;
  readonly role: ContainerRole;
  /** As the event words it. */
  readonly message: string;
  readonly reason: 'liveness' | 'startup' | 'changed' | 'unknown';
}

export interface StartContainer {
  readonly container: ReadonlyContainer;
  readonly role: ContainerRole;
  readonly attempt: number;
  /** The instance before, where there was one. */
  readonly previous?: ContainerStatusInfo;
}

export interface BackOffContainer {
  readonly container: ReadonlyContainer;
  readonly role: ContainerRole;
  readonly ended: ContainerStatusInfo;
  readonly untilMs: number;
}

/**
 * What must change so that the runtime holds what the pod asks for. Pure: the same input gives the same plan. Not for
 * pods that are to end: those are stopped whatever runs.
 */
export function planPod(input: PlanInput): PodPlan {
  const { pod, observed } = input;
  const spec = pod.spec!;
  const current = sandboxToKeep(pod, observed.sandboxes);
  const latestOf = (container: ReadonlyContainer): ContainerStatusInfo | undefined =>
    observed.containers.find(({ name }) => name === container.name);
  const initContainers = spec.initContainers ?? [];

  if (!current) {
    const newest = observed.sandboxes[0];
    const attempt = newest ? newest.attempt + 1 : 0;
    const over: PodPlan = { ...nothing, killPod: true };
    const wanted = spec.containers.filter((container) => mustRun(pod, container, latestOf(container)));
    if (wanted.length === 0) return over;
    if (hasRun(spec.containers, observed) && spec.containers.every((c) => policyOf(pod, c) === 'Never')) return over;
    // A new sandbox loses what init containers prepared in the network of the old one: they run again.
    const first = initContainers[0];
    const toStart: [ReadonlyContainer, ContainerRole][] = first
      ? [[first, isSidecar(first) ? 'sidecar' : 'init']]
      : wanted.map((container) => [container, 'app']);
    const draft = new Draft(input, latestOf);
    for (const [container, role] of toStart) draft.start(container, role);
    return { ...draft.plan(), killPod: observed.sandboxes.length > 0, createSandboxAttempt: attempt };
  }

  const inSandbox = (container: ReadonlyContainer): ContainerStatusInfo | undefined =>
    observed.containers.find(({ name, sandboxId }) => name === container.name && sandboxId === current.id);
  const draft = new Draft(input, latestOf);

  for (const container of (spec.ephemeralContainers ?? []) as readonly ReadonlyContainer[]) {
    if (!latestOf(container)) draft.start(container, 'ephemeral'); // they never run twice
  }

  const isInitialized = spec.containers.some(inSandbox);
  const init = isInitialized
    ? keepSidecars(draft, initContainers, inSandbox)
    : initialize(draft, pod, initContainers, inSandbox);
  if (init === 'failed') return { ...nothing, sandboxId: current.id, killPod: true };
  if (init === 'running') return { ...draft.plan(), sandboxId: current.id };

  let alive = 0;
  for (const container of spec.containers) {
    const status = latestOf(container);
    if (status?.state === 'running') {
      const fault = faultOf(input, container, status);
      if (!fault) {
        alive++;
        continue;
      }
      const restarts = fault.reason === 'changed' || policyOf(pod, container) !== 'Never';
      draft.kill(
        container,
        'app',
        status,
        restarts ? `${fault.message}, will be restarted` : fault.message,
        fault.reason,
      );
      if (restarts) {
        alive++;
        draft.startAfterKill(container, 'app', status);
      }
    } else if (mustRun(pod, container, status)) {
      alive++;
      if (status?.state === 'unknown') {
        draft.kill(container, 'app', status, 'Container is in unknown state, try killing it before restart', 'unknown');
      }
      draft.start(container, 'app');
    }
  }
  if (alive === 0) return { ...nothing, sandboxId: current.id, killPod: true };
  return { ...draft.plan(), sandboxId: current.id };
}

const nothing: PodPlan = { killPod: false, kill: [], start: [], backOff: [] };

/** The newest sandbox, if it is of use: alone in being ready, in the right network, with an address. */
function sandboxToKeep(pod: ReadonlyPod, sandboxes: readonly SandboxStatus[]): SandboxStatus | undefined {
  const [newest] = sandboxes;
  if (!newest || newest.state !== 'ready') return undefined;
  if (sandboxes.filter(({ state }) => state === 'ready').length > 1) return undefined;
  if (!pod.spec!.hostNetwork && newest.ips.length === 0) return undefined;
  return newest;
}

function hasRun(containers: readonly ReadonlyContainer[], observed: RuntimeState): boolean {
  return containers.some((container) =>
    observed.containers.some(({ name, state }) => name === container.name && state !== 'created'),
  );
}

/** The container's own restart policy, where it has one (KEP-5307), else the pod's. */
function policyOf(pod: ReadonlyPod, container: ReadonlyContainer): string {
  return container.restartPolicy ?? pod.spec!.restartPolicy ?? 'Always';
}

/** Must a container that does not run be started, now or after a wait? */
export function mustRun(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  status: ContainerStatusInfo | undefined,
): boolean {
  if (pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase)) return false;
  if (status?.state !== 'exited') return true;
  for (const rule of container.restartPolicyRules ?? []) {
    const codes = rule.exitCodes?.values ?? [];
    const applies =
      rule.exitCodes?.operator === 'NotIn' ? !codes.includes(status.exitCode) : codes.includes(status.exitCode);
    if (applies && rule.action === 'Restart') return true;
  }
  const policy = policyOf(pod, container);
  return policy === 'Always' || (policy === 'OnFailure' && status.exitCode !== 0);
}

/**
 * Runs init containers in order, each to its end, sidecars until they have started. `running` while something of it is
 * not done, `failed` where a failure is final.
 */
function initialize(
  draft: Draft,
  pod: ReadonlyPod,
  initContainers: readonly ReadonlyContainer[],
  statusOf: (container: ReadonlyContainer) => ContainerStatusInfo | undefined,
): 'done' | 'running' | 'failed' {
  for (const [i, container] of initContainers.entries()) {
    const status = statusOf(container);
    if (isSidecar(container)) {
      const wasStarted = initContainers.slice(i + 1).some(statusOf);
      const isUp = keepSidecar(draft, container, status);
      if (!isUp && !wasStarted) return 'running';
      continue;
    }
    if (status?.state === 'running') return 'running';
    if (status?.state === 'exited' && status.exitCode === 0) continue;
    if (!mustRun(pod, container, status) || (status?.state === 'exited' && pod.spec!.restartPolicy === 'Never')) {
      return 'failed';
    }
    draft.start(container, 'init');
    return 'running';
  }
  return 'done';
}

function keepSidecars(
  draft: Draft,
  initContainers: readonly ReadonlyContainer[],
  statusOf: (container: ReadonlyContainer) => ContainerStatusInfo | undefined,
): 'done' {
  for (const container of initContainers) if (isSidecar(container)) keepSidecar(draft, container, statusOf(container));
  return 'done';
}

/** True where it runs and has started, as far as its probes say. */
function keepSidecar(draft: Draft, container: ReadonlyContainer, status: ContainerStatusInfo | undefined): boolean {
  if (status?.state !== 'running') {
    draft.start(container, 'sidecar');
    return false;
  }
  const fault = faultOf(draft.input, container, status);
  if (fault) {
    draft.kill(container, 'sidecar', status, `${fault.message}, will be restarted`, fault.reason);
    draft.startAfterKill(container, 'sidecar', status);
    return false;
  }
  return !container.startupProbe || draft.input.probes.startup(status.id) === 'passed';
}

/** Why a running container must not go on. */
function faultOf(
  { probes }: PlanInput,
  container: ReadonlyContainer,
  status: ContainerStatusInfo,
): Pick<KillContainer, 'message' | 'reason'> | undefined {
  const hash = status.labels[containerLabels.hash];
  if (hash !== undefined && hash !== containerHash(container)) {
    return { message: `Container ${container.name} definition changed`, reason: 'changed' };
  }
  if (container.livenessProbe && probes.liveness(status.id) === 'failed') {
    return { message: `Container ${container.name} failed liveness probe`, reason: 'liveness' };
  }
  if (container.startupProbe && probes.startup(status.id) === 'failed') {
    return { message: `Container ${container.name} failed startup probe`, reason: 'startup' };
  }
  return undefined;
}

class Draft {
  readonly input: PlanInput;
  readonly #latestOf: (container: ReadonlyContainer) => ContainerStatusInfo | undefined;
  readonly #kill: KillContainer[] = [];
  readonly #start: StartContainer[] = [];
  readonly #backOff: BackOffContainer[] = [];

  constructor(input: PlanInput, latestOf: (container: ReadonlyContainer) => ContainerStatusInfo | undefined) {
    this.input = input;
    this.#latestOf = latestOf;
  }

  start(container: ReadonlyContainer, role: ContainerRole): void {
    const previous = this.#latestOf(container);
    if (previous?.state === 'exited') {
      const untilMs = this.input.restartAllowedAtMs(container, previous);
      if (untilMs !== undefined) {
        this.#backOff.push({ container, role, ended: previous, untilMs });
        return;
      }
    }
    this.#start.push({ container, role, attempt: this.#nextAttempt(container, previous), previous });
  }

  /**
   * What is killed for a fault starts again at once, also where it ends with 0; unless it fails too often: then it waits
   * like one that ended by itself, and a later plan starts it.
   */
  startAfterKill(container: ReadonlyContainer, role: ContainerRole, previous: ContainerStatusInfo): void {
    if (this.input.restartAllowedAtMs(container, previous) !== undefined) return;
    this.#start.push({ container, role, attempt: previous.attempt + 1, previous });
  }

  kill(
    container: ReadonlyContainer,
    role: ContainerRole,
    status: ContainerStatusInfo,
    message: string,
    reason: KillContainer['reason'],
  ): void {
    this.#kill.push({ containerId: status.id, container, role, message, reason });
  }

  plan(): PodPlan {
    return { killPod: false, kill: this.#kill, start: this.#start, backOff: this.#backOff };
  }

  /** Counts on from the runtime's newest instance, or from what the API remembers where that was removed. */
  #nextAttempt(container: ReadonlyContainer, previous: ContainerStatusInfo | undefined): number {
    if (previous) return previous.state === 'created' ? previous.attempt : previous.attempt + 1;
    const { status } = this.input.pod;
    const known = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
      ({ name, containerID }) => name === container.name && containerID,
    );
    return known ? known.restartCount + 1 : 0;
  }
}
