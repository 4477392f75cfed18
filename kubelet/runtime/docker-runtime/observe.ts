import type Docker from 'dockerode';
import type { ContainerStatusInfo, RuntimeState, SandboxStatus } from '../container-runtime.ts';
import { isNotFound } from './docker-errors.ts';
import { withDefaultTag } from './images.ts';
import { labels, typeSandbox } from './labels.ts';

/**
 * Reads sandboxes and containers with one list call, and inspects only containers whose state the list says has changed:
 * nothing else of a container changes while it runs, nor once it is dead.
 */
export class Observer {
  readonly #docker: Docker;
  readonly #instance: string;
  readonly #inspected = new Map<string, { readonly listState: string; readonly info: ContainerStatusInfo }>();
  readonly #imageIds = new Map<string, string>();
  /** The daemon tells of an end a moment before its list knows. */
  readonly #endedSandboxes = new Set<string>();

  constructor(docker: Docker, instance: string) {
    this.#docker = docker;
    this.#instance = instance;
  }

  async observe(podUid: string | undefined, signal?: AbortSignal): Promise<RuntimeState> {
    const label = [`${labels.kubelet}=${this.#instance}`, ...(podUid ? [`${labels.podUid}=${podUid}`] : [])];
    const listed = await this.#docker.listContainers({ all: true, filters: { label }, abortSignal: signal });
    const sandboxes: SandboxStatus[] = [];
    const containers: Promise<ContainerStatusInfo | undefined>[] = [];
    for (const item of listed) {
      if (item.Labels[labels.type] === typeSandbox) {
        sandboxes.push(sandboxStatus(this.#endedSandboxes.has(item.Id) ? { ...item, State: 'exited' } : item));
      } else {
        containers.push(this.#container(item.Id, item.State, signal));
      }
    }
    if (!podUid) this.#forgetAllBut(new Set(listed.map((item) => item.Id)));
    return {
      sandboxes: sandboxes.sort(newestFirst),
      containers: (await Promise.all(containers)).filter((info) => info !== undefined).sort(newestFirst),
    };
  }

  async inspect(id: string, signal?: AbortSignal): Promise<ContainerStatusInfo | undefined> {
    try {
      const inspected = await this.#docker.getContainer(id).inspect({ abortSignal: signal });
      const info = containerInfo(inspected, await this.#imageIdOf(inspected.Image, inspected.Config.Image));
      this.#inspected.set(id, { listState: inspected.State.Status, info });
      return info;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.forget(id);
      return undefined;
    }
  }

  /** Must be called when a container may have changed without its state changing (restarted by hand) or is gone. */
  forget(id: string): void {
    this.#inspected.delete(id);
  }

  /** It has ended, and will not run again. */
  sandboxEnded(id: string): void {
    this.#endedSandboxes.add(id);
  }

  async #container(id: string, listState: string, signal?: AbortSignal): Promise<ContainerStatusInfo | undefined> {
    const known = this.#inspected.get(id);
    if (known && known.listState === listState && listState !== 'created') return known.info;
    return this.inspect(id, signal);
  }

  /** By its digest where a registry has one, and of several the one in the registry that the container names. */
  async #imageIdOf(id: string, name: string): Promise<string> {
    const key = `${id} ${name}`;
    const known = this.#imageIds.get(key);
    if (known) return known;
    let shown = `docker://${id}`;
    try {
      const { RepoDigests: digests = [] } = await this.#docker.getImage(id).inspect();
      const repository = withDefaultTag(name).replace(/(@|:[^/:]*$).*/, '');
      const digest = digests?.find((each) => each.startsWith(`${repository}@`)) ?? digests?.[0];
      if (digest) shown = `docker-pullable://${digest}`;
    } catch (error) {
      if (!isNotFound(error)) throw error; // the image may be gone while a container of it lives on
    }
    this.#imageIds.set(key, shown);
    return shown;
  }

  #forgetAllBut(ids: ReadonlySet<string>): void {
    for (const id of this.#inspected.keys()) if (!ids.has(id)) this.#inspected.delete(id);
    for (const id of this.#endedSandboxes) if (!ids.has(id)) this.#endedSandboxes.delete(id);
    if (this.#imageIds.size > 1000) this.#imageIds.clear();
  }
}

function newestFirst(a: { attempt: number; createdAtMs: number }, b: { attempt: number; createdAtMs: number }): number {
  return b.attempt - a.attempt || b.createdAtMs - a.createdAtMs;
}

/** What the daemon's list says of a sandbox, in the words of the contract. */
export function sandboxStatus(item: Docker.ContainerInfo): SandboxStatus {
  const networks = Object.values(item.NetworkSettings?.Networks ?? {});
  return {
    id: item.Id,
    podNamespace: item.Labels[labels.podNamespace] ?? '',
    podName: item.Labels[labels.podName] ?? '',
    podUid: item.Labels[labels.podUid] ?? '',
    attempt: Number(item.Labels[labels.attempt] ?? 0),
    state: item.State === 'running' ? 'ready' : 'notReady',
    createdAtMs: item.Created * 1000,
    ips: networks.flatMap((network) => [network.IPAddress, network.GlobalIPv6Address]).filter(Boolean),
    labels: item.Labels,
  };
}

/** The mapping of states and reasons is dockershim's. */
function containerInfo(inspected: Docker.ContainerInspectInfo, imageId: string): ContainerStatusInfo {
  const { State: state, Config: config } = inspected;
  const createdAtMs = timeMs(inspected.Created);
  let [startedAtMs, finishedAtMs] = [timeMs(state.StartedAt), timeMs(state.FinishedAt)];
  let result: Pick<ContainerStatusInfo, 'state' | 'reason'>;
  if (state.Running) {
    finishedAtMs = 0; // of an earlier run, where it was started again
    result = { state: 'running', reason: '' };
  } else if (finishedAtMs) {
    result = { state: 'exited', reason: state.OOMKilled ? 'OOMKilled' : state.ExitCode === 0 ? 'Completed' : 'Error' };
  } else if (state.ExitCode !== 0) {
    startedAtMs = finishedAtMs = createdAtMs;
    result = { state: 'exited', reason: 'ContainerCannotRun' };
  } else {
    result = { state: 'created', reason: '' };
  }
  return {
    ...result,
    id: inspected.Id,
    sandboxId: config.Labels[labels.sandboxId] ?? '',
    name: config.Labels[labels.containerName] ?? '',
    attempt: Number(config.Labels[labels.attempt] ?? 0),
    podUid: config.Labels[labels.podUid] ?? '',
    createdAtMs,
    startedAtMs,
    finishedAtMs,
    exitCode: state.ExitCode,
    message: state.Error,
    image: config.Image,
    imageId,
    labels: config.Labels,
    pid: state.Pid,
  };
}

/** 0 for Go's zero time. */
function timeMs(text: string): number {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}
