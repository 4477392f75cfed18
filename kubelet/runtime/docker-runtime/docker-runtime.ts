import Docker from 'dockerode';
import { writeFile } from 'node:fs/promises';
import type { Deps } from '../../../component/deps.ts';
import type { ContainerRuntime, RuntimeEvent, SandboxSpec, SandboxStatus } from '../container-runtime.ts';
import type { CgroupDriver } from './cgroup-parent.ts';
import { dialPort } from './dial-port.ts';
import { isConflict, isNotFound, isNotModified, withoutPrefix } from './docker-errors.ts';
import { containerOptions, sandboxOptions, type OptionsContext } from './docker-options.ts';
import { events } from './events.ts';
import { imageStatus, listImages, pullImage } from './images.ts';
import { labels, typeSandbox } from './labels.ts';
import { logs } from './logs.ts';
import { Observer, sandboxStatus } from './observe.ts';
import { lowestOomScoreAdj } from './oom-score.ts';
import { ensureSandboxImage } from './sandbox-image.ts';
import { attach, exec } from './sessions.ts';
import { stats } from './stats.ts';

export interface DockerRuntimeOptions {
  /** `unix:///var/run/docker.sock`; DOCKER_HOST or the usual socket where absent. */
  readonly endpoint?: string;
  /** Tells this kubelet's containers from those of any other on the same daemon; must outlive restarts. */
  readonly instance: string;
  readonly sandboxImage?: string;
  /** What the daemon says where absent. */
  readonly cgroupDriver?: CgroupDriver;
  /** Of a container's log before it is rotated, as Docker writes sizes (`10m`), and how many files are kept. */
  readonly logMaxSize?: string;
  readonly logMaxFiles?: number;
}

/** Pods as containers of a Docker daemon on this host: its files and namespaces must be reachable from here. */
export function createDockerRuntime(
  options: DockerRuntimeOptions,
  deps: Pick<Deps, 'clock' | 'log'>,
): ContainerRuntime {
  const docker = new Docker(connection(options.endpoint));
  const { instance } = options;
  const observer = new Observer(docker, instance);
  let context: Promise<OptionsContext> | undefined;
  const optionsContext = (): Promise<OptionsContext> => {
    context ??= readContext(docker, options).catch((error: unknown) => {
      context = undefined;
      throw error;
    });
    return context;
  };
  let sandboxImage: Promise<string> | undefined;
  const ensureImage = (): Promise<string> => {
    sandboxImage ??= ensureSandboxImage(docker, options.sandboxImage, deps.log).catch((error: unknown) => {
      sandboxImage = undefined;
      throw error;
    });
    return sandboxImage;
  };

  async function create(createOptions: Docker.ContainerCreateOptions, signal?: AbortSignal): Promise<Docker.Container> {
    try {
      return await docker.createContainer({ ...createOptions, abortSignal: signal });
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Left by a kubelet that died between making it and starting it.
      const holder = await docker.getContainer(createOptions.name!).inspect({ abortSignal: signal });
      if (holder.Config.Labels[labels.kubelet] !== instance || holder.State.Running) throw error;
      await remove(holder.Id, signal);
      return docker.createContainer({ ...createOptions, abortSignal: signal });
    }
  }

  async function remove(id: string, signal?: AbortSignal): Promise<void> {
    try {
      await docker.getContainer(id).remove({ force: true, v: true, abortSignal: signal });
    } catch (error) {
      // A conflict is a removal that somebody else has begun.
      if (!isNotFound(error) && !isConflict(error)) throw withoutPrefix(error);
    }
    observer.forget(id);
  }

  async function createSandbox(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxStatus> {
    let made: Docker.Container | undefined;
    try {
      const [image, ctx] = await Promise.all([ensureImage(), optionsContext()]);
      try {
        made = await create(sandboxOptions(spec, image, ctx), signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        sandboxImage = undefined; // removed behind our back
        made = await create(sandboxOptions(spec, await ensureImage(), ctx), signal);
      }
      await made.start({ abortSignal: signal });
      const inspected = await made.inspect({ abortSignal: signal });
      // Docker's own --dns options cannot say "none", nor serve host-network sandboxes.
      await writeFile(inspected.ResolvConfPath, resolvConf(spec.dns));
      return sandboxStatus({
        Id: inspected.Id,
        Labels: inspected.Config.Labels,
        State: inspected.State.Status,
        Created: Date.parse(inspected.Created) / 1000,
        NetworkSettings: inspected.NetworkSettings,
      } as unknown as Docker.ContainerInfo);
    } catch (error) {
      if (made) await remove(made.id).catch(() => {}); // the relist finds it again
      throw withoutPrefix(error);
    }
  }

  async function removeSandbox(id: string, signal?: AbortSignal): Promise<void> {
    const inside = await docker.listContainers({
      filters: { label: [`${labels.kubelet}=${instance}`, `${labels.sandboxId}=${id}`] },
      abortSignal: signal,
    });
    await Promise.all(
      inside.map(async ({ Id }) => {
        await docker
          .getContainer(Id)
          .kill({ abortSignal: signal })
          .catch((error: unknown) => {
            if (!isNotFound(error) && !isConflict(error)) throw withoutPrefix(error);
          });
        observer.forget(Id);
      }),
    );
    await remove(id, signal);
  }

  async function* watchEvents(signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    for await (const event of events(docker, instance, signal)) {
      observer.forget(event.id);
      if (event.type === 'sandboxDied') observer.sandboxEnded(event.id);
      yield event;
    }
  }

  return {
    name: 'docker',
    version: async () => `docker://${(await docker.version()).Version}`,
    observe: (filter, signal) => observer.observe(filter?.podUid, signal),
    inspectContainer: (id, signal) => observer.inspect(id, signal),
    createSandbox,
    removeSandbox,
    createContainer: async (sandboxId, spec, signal) => {
      try {
        const sandbox = await docker.getContainer(sandboxId).inspect({ abortSignal: signal });
        const of = sandbox.Config.Labels;
        if (of[labels.type] !== typeSandbox) throw new Error(`${sandboxId} is not a sandbox`);
        const pod = {
          id: sandboxId,
          podName: of[labels.podName]!,
          podNamespace: of[labels.podNamespace]!,
          podUid: of[labels.podUid]!,
        };
        return (await create(containerOptions(pod, spec, await optionsContext()), signal)).id;
      } catch (error) {
        throw withoutPrefix(error);
      }
    },
    startContainer: async (id, signal) => {
      try {
        await docker.getContainer(id).start({ abortSignal: signal });
      } catch (error) {
        if (!isNotModified(error)) throw withoutPrefix(error);
      }
    },
    stopContainer: async (id, { gracePeriodSeconds }, signal) => {
      try {
        await docker.getContainer(id).stop({ t: Math.max(0, Math.ceil(gracePeriodSeconds)), abortSignal: signal });
      } catch (error) {
        if (!isNotFound(error) && !isNotModified(error)) throw withoutPrefix(error);
      }
    },
    removeContainer: remove,
    pullImage: (image, auth, signal) => pullImage(docker, image, auth, signal),
    imageStatus: (image) => imageStatus(docker, image),
    listImages: (signal) => listImages(docker, signal),
    removeImage: async (id, signal) => {
      try {
        await docker.getImage(id).remove({ abortSignal: signal });
      } catch (error) {
        if (!isNotFound(error)) throw withoutPrefix(error);
      }
    },
    events: watchEvents,
    logs: (id, logOptions, signal) => logs(docker, id, logOptions, signal),
    exec: (id, execOptions, signal) => exec(docker, deps.clock, id, execOptions, signal),
    attach: (id, attachOptions, signal) => attach(docker, id, attachOptions, signal),
    dialPort: (sandboxId, port, signal) => dialPort(docker, sandboxId, port, signal),
    stats: (id) => stats(docker, id),
  };
}

function connection(endpoint: string | undefined): Docker.DockerOptions | undefined {
  if (!endpoint) return undefined;
  const url = new URL(endpoint.includes('://') ? endpoint : `unix://${endpoint}`);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return { host: url.hostname, port: url.port, protocol: url.protocol === 'https:' ? 'https' : 'http' };
}

async function readContext(docker: Docker, options: DockerRuntimeOptions): Promise<OptionsContext> {
  const cgroupDriver =
    options.cgroupDriver ?? (((await docker.info()) as { CgroupDriver?: string }).CgroupDriver as CgroupDriver);
  return {
    instance: options.instance,
    cgroupDriver,
    lowestOomScoreAdj: await lowestOomScoreAdj(),
    logMaxSize: options.logMaxSize ?? '10m',
    logMaxFiles: options.logMaxFiles ?? 5,
  };
}

/** A resolv.conf(5), in the order and form upstream writes it. */
function resolvConf(dns: SandboxSpec['dns']): string {
  return [
    ...dns.servers.map((server) => `nameserver ${server}\n`),
    ...(dns.searches.length ? [`search ${dns.searches.join(' ')}\n`] : []),
    ...(dns.options.length ? [`options ${dns.options.join(' ')}\n`] : []),
  ].join('');
}
