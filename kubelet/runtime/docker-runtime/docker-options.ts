import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { ContainerSpec, SandboxSpec, SandboxStatus } from '../container-runtime.ts';
import { cgroupParentFor, type CgroupDriver } from './cgroup-parent.ts';
import { dockerName, labels, sandboxContainerName, typeContainer, typeSandbox } from './labels.ts';

export interface OptionsContext {
  /** Value of the ownership label. */
  readonly instance: string;
  readonly cgroupDriver: CgroupDriver;
  /** Lower scores are raised to this. */
  readonly lowestOomScoreAdj: number;
  readonly logMaxSize: string;
  readonly logMaxFiles: number;
}

/** What a sandbox is in Docker: a container that pauses, with the pod's network, IPC and host ports. */
export function sandboxOptions(spec: SandboxSpec, image: string, context: OptionsContext): ContainerCreateOptions {
  const exposed = Object.fromEntries(spec.portMappings.map((port) => [portKey(port), {}]));
  return {
    name: dockerName({ ...spec, container: sandboxContainerName }),
    Image: image,
    ...(spec.hostNetwork ? {} : { Hostname: spec.hostname }),
    Labels: {
      ...spec.labels,
      ...podLabels(spec, context.instance),
      [labels.type]: typeSandbox,
      [labels.containerName]: sandboxContainerName,
      [labels.attempt]: String(spec.attempt),
    },
    ExposedPorts: exposed,
    HostConfig: {
      NetworkMode: spec.hostNetwork ? 'host' : 'bridge',
      IpcMode: spec.hostIpc ? 'host' : 'shareable',
      PidMode: spec.hostPid ? 'host' : '',
      UTSMode: spec.hostNetwork ? 'host' : '',
      PortBindings: spec.hostNetwork ? {} : portBindings(spec),
      Sysctls: { ...spec.sysctls },
      ...cgroup(spec.cgroupParent, context),
      CpuShares: 2,
      OomScoreAdj: Math.max(-998, context.lowestOomScoreAdj), // the whole pod hangs on it; upstream's value
      LogConfig: { Type: 'none', Config: {} },
      SecurityOpt: ['no-new-privileges'],
    },
  };
}

function portKey(port: SandboxSpec['portMappings'][number]): string {
  return `${port.containerPort}/${port.protocol.toLowerCase()}`;
}

function portBindings(spec: SandboxSpec): HostConfig['PortBindings'] {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of spec.portMappings) {
    (bindings[portKey(port)] ??= []).push({ HostIp: port.hostIp ?? '', HostPort: String(port.hostPort) });
  }
  return bindings;
}

/** A container that shares the network and IPC of its sandbox. */
export function containerOptions(
  sandbox: Pick<SandboxStatus, 'id' | 'podName' | 'podNamespace' | 'podUid'>,
  spec: ContainerSpec,
  context: OptionsContext,
): ContainerCreateOptions {
  return {
    name: dockerName({ ...sandbox, container: spec.name, attempt: spec.attempt }),
    Image: spec.image,
    ...(spec.command?.length ? { Entrypoint: [...spec.command] } : {}),
    ...(spec.args?.length ? { Cmd: [...spec.args] } : {}),
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
    ...(spec.user ? { User: spec.user } : {}),
    Env: spec.env.map(({ name, value }) => `${name}=${value}`),
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce,
    Tty: spec.tty,
    Healthcheck: { Test: ['NONE'] }, // health is the kubelet's business, by probes
    Labels: {
      ...spec.labels,
      ...podLabels(sandbox, context.instance),
      [labels.type]: typeContainer,
      [labels.containerName]: spec.name,
      [labels.sandboxId]: sandbox.id,
      [labels.attempt]: String(spec.attempt),
    },
    HostConfig: {
      NetworkMode: `container:${sandbox.id}`,
      IpcMode: spec.hostIpc ? 'host' : `container:${sandbox.id}`,
      PidMode: spec.hostPid ? 'host' : spec.shareProcessNamespaceWithSandbox ? `container:${sandbox.id}` : '',
      UTSMode: spec.hostNetwork ? 'host' : '',
      Mounts: spec.mounts.map((mount) => ({
        Type: 'bind',
        Source: mount.hostPath,
        Target: mount.containerPath,
        ReadOnly: mount.readOnly,
        ...(mount.propagation === 'None' ? {} : { BindOptions: { Propagation: propagation[mount.propagation] } }),
      })),
      Privileged: spec.privileged,
      ReadonlyRootfs: spec.readOnlyRootFilesystem,
      CapAdd: [...spec.capabilitiesAdd],
      CapDrop: [...spec.capabilitiesDrop],
      GroupAdd: spec.supplementalGroups.map(String),
      SecurityOpt: securityOptions(spec),
      ...cgroup(spec.cgroupParent, context),
      ...(spec.cpuShares === undefined ? {} : { CpuShares: spec.cpuShares }),
      ...(spec.cpuQuotaMicros === undefined ? {} : { CpuQuota: spec.cpuQuotaMicros }),
      ...(spec.cpuPeriodMicros === undefined ? {} : { CpuPeriod: spec.cpuPeriodMicros }),
      // No swap beyond the memory limit, as upstream without NodeSwap.
      ...(spec.memoryLimitBytes ? { Memory: spec.memoryLimitBytes, MemorySwap: spec.memoryLimitBytes } : {}),
      OomScoreAdj: Math.max(spec.oomScoreAdj, context.lowestOomScoreAdj),
      LogConfig: {
        Type: 'json-file',
        Config: { 'max-size': context.logMaxSize, 'max-file': String(context.logMaxFiles) },
      },
    },
  };
}

/** None is the daemon's own choice: rprivate, but rslave for what holds its data, as the root of the host does. */
const propagation = { HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

function securityOptions(spec: ContainerSpec): string[] {
  return [
    ...(spec.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(spec.seccomp === 'Unconfined'
      ? ['seccomp=unconfined']
      : spec.seccomp === 'RuntimeDefault'
        ? []
        : [`seccomp=${spec.seccomp.profile}`]),
  ];
}

function cgroup(path: string | undefined, context: OptionsContext): { CgroupParent?: string } {
  return path ? { CgroupParent: cgroupParentFor(context.cgroupDriver, path) } : {};
}

function podLabels(
  pod: { readonly podName: string; readonly podNamespace: string; readonly podUid: string },
  instance: string,
): Record<string, string> {
  return {
    [labels.podName]: pod.podName,
    [labels.podNamespace]: pod.podNamespace,
    [labels.podUid]: pod.podUid,
    [labels.kubelet]: instance,
  };
}
