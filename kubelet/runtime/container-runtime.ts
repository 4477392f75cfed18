/**
 * What the kubelet asks of a container runtime. Names no vendor type. A pod is a sandbox that owns the network namespace,
 * and containers that join it. Every container carries the labels it was made with; the runtime reports only those with
 * the kubelet's own ownership label, so containers of others are never seen nor touched.
 */
export interface ContainerRuntime {
  readonly name: string;
  /** `docker://20.10.24`, as `node.status.nodeInfo.containerRuntimeVersion`. */
  version(signal?: AbortSignal): Promise<string>;

  /** Sandboxes and containers of this kubelet, dead ones too, as of one moment; of one pod where a uid is given. */
  observe(filter?: { readonly podUid?: string }, signal?: AbortSignal): Promise<RuntimeState>;
  inspectContainer(id: string, signal?: AbortSignal): Promise<ContainerStatusInfo | undefined>;

  createSandbox(spec: SandboxSpec, signal?: AbortSignal): Promise<SandboxStatus>;
  /**
   * Kills what still runs in it and removes it; its containers stay, stopped, so that their logs can be read. Resolves
   * also when it is already gone.
   */
  removeSandbox(id: string, signal?: AbortSignal): Promise<void>;

  createContainer(sandboxId: string, spec: ContainerSpec, signal?: AbortSignal): Promise<string>;
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after the grace period. Resolves when it has stopped or is gone. */
  stopContainer(id: string, options: { gracePeriodSeconds: number }, signal?: AbortSignal): Promise<void>;
  /** Kills it where it still runs. Resolves also when it is already gone. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;

  /** Resolves with the image's id. */
  pullImage(image: string, auth: RegistryAuth | undefined, signal?: AbortSignal): Promise<string>;
  /** undefined where the image is not on the host. */
  imageStatus(image: string, signal?: AbortSignal): Promise<ImageInfo | undefined>;
  listImages(signal?: AbortSignal): Promise<ImageInfo[]>;
  /** Resolves also when it is already gone; fails while a container uses it. */
  removeImage(id: string, signal?: AbortSignal): Promise<void>;

  /** Changes as they happen; misses are possible, so the kubelet also relists. Ends when the signal aborts, throws when the runtime goes away. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;

  logs(id: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogChunk>;
  exec(id: string, options: ExecOptions, signal: AbortSignal): Promise<ExecSession>;
  attach(
    id: string,
    options: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean },
    signal: AbortSignal,
  ): Promise<ExecSession>;
  /** A connection to a port inside the sandbox's network namespace. */
  dialPort(sandboxId: string, port: number, signal: AbortSignal): Promise<import('node:stream').Duplex>;
  /** CPU and memory of one container; undefined when it does not run. */
  stats(id: string, signal?: AbortSignal): Promise<ContainerStats | undefined>;
}

export interface RuntimeState {
  /** Newest attempt of a pod first. */
  readonly sandboxes: readonly SandboxStatus[];
  /** Newest attempt of a container first. */
  readonly containers: readonly ContainerStatusInfo[];
}

export interface SandboxSpec {
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly attempt: number;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  readonly portMappings: readonly PortMapping[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** As a path, `/kubepods/burstable/podUID`, whatever driver the runtime has. */
  readonly cgroupParent?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp?: string;
}

export interface SandboxStatus {
  readonly id: string;
  readonly podNamespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly attempt: number;
  readonly state: 'ready' | 'notReady';
  readonly createdAtMs: number;
  /** Empty for a host-network sandbox. */
  readonly ips: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ContainerSpec {
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  /** `uid`, `uid:gid` or a name; the image's own where absent. */
  readonly user?: string;
  readonly supplementalGroups: readonly number[];
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly capabilitiesAdd: readonly string[];
  readonly capabilitiesDrop: readonly string[];
  readonly noNewPrivileges: boolean;
  /** The runtime's own profile, none, or a profile as JSON text. */
  readonly seccomp: 'RuntimeDefault' | 'Unconfined' | { readonly profile: string };
  readonly cpuShares?: number;
  readonly cpuQuotaMicros?: number;
  readonly cpuPeriodMicros?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj: number;
  readonly shareProcessNamespaceWithSandbox: boolean;
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly cgroupParent?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  readonly propagation: 'None' | 'HostToContainer' | 'Bidirectional';
}

export interface ContainerStatusInfo {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly podUid: string;
  readonly state: 'created' | 'running' | 'exited' | 'unknown';
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** `OOMKilled`, `Completed`, `Error`… */
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  /** As `containerStatus.imageID` shows it: with the runtime's scheme, by digest where the image has one. */
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pid: number;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly server: string;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** Numeric user the image runs as, or a name; empty for root. */
  readonly user: string;
}

export interface RuntimeEvent {
  readonly type: 'containerStarted' | 'containerDied' | 'containerRemoved' | 'sandboxDied' | 'sandboxRemoved';
  readonly id: string;
  readonly podUid: string;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines?: number;
  readonly sinceMs?: number;
  readonly timestamps: boolean;
}

export interface LogChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** A process attached to: with a tty, stderr stays silent. */
export interface ExecSession {
  readonly stdin?: import('node:stream').Writable;
  readonly stdout?: import('node:stream').Readable;
  readonly stderr?: import('node:stream').Readable;
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>;
  /** Resolves with the exit code; for attach, when the streams end (0). */
  readonly exitCode: Promise<number>;
}

export interface ContainerStats {
  readonly timestampMs: number;
  readonly cpuUsageNanoseconds: number;
  readonly memoryUsageBytes: number;
  readonly memoryWorkingSetBytes: number;
  readonly rootFsUsedBytes?: number;
}
