import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Deps } from '../component/deps.ts';
import { podCgroup } from './cgroups/resources.ts';
import { dnsConfigOf, parseResolvConf, type ClusterDns } from './network/dns-config.ts';
import { hostNetworkHostsFile, hostsFile } from './network/hosts-file.ts';
import { podNames } from './network/pod-names.ts';
import type { PodEvents } from './pod-events.ts';
import type { PodFolders } from './pods/pod-folders.ts';
import { containersOf, formatPod, type ReadonlyPod } from './pods/pod.ts';
import type { ContainerRuntime, PortMapping, SandboxSpec, SandboxStatus } from './runtime/container-runtime.ts';
import type { Semaphore } from './semaphore.ts';
import { StartError } from './start-error.ts';

export interface SandboxMaker {
  /** Answers a failure, which has been told of; rejects only with the signal's reason. */
  make(pod: ReadonlyPod, attempt: number, signal: AbortSignal): Promise<SandboxStatus | StartError>;
  /** Writes the pod's /etc/hosts, which all its containers share. */
  ensureHostsFile(pod: ReadonlyPod, podIps: readonly string[]): Promise<void>;
}

export interface SandboxMakerGiven {
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  readonly folders: PodFolders;
  readonly starts: Semaphore;
  readonly config: { readonly clusterDns: ClusterDns; readonly resolvConf: string; readonly cgroupRoot: string };
}

/** Makes sandboxes: a pod's network, its names and how it resolves others. */
export function createSandboxMaker(given: SandboxMakerGiven, deps: Pick<Deps, 'log'>): SandboxMaker {
  const { runtime, events, folders, config } = given;

  async function specOf(pod: ReadonlyPod, attempt: number): Promise<SandboxSpec> {
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
      portMappings: spec!.hostNetwork ? [] : portMappings(pod),
      sysctls: Object.fromEntries((spec!.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
      cgroupParent: podCgroup(pod, config.cgroupRoot),
      labels: Object.fromEntries(
        // Names of Kubernetes' own must stay the runtime's to write.
        Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith('io.kubernetes.')),
      ),
    };
  }

  return {
    make: async (pod, attempt, signal) => {
      try {
        const spec = await specOf(pod, attempt);
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
        return new StartError('CreatePodSandboxError', message, { cause: error });
      }
    },
    ensureHostsFile: async (pod, podIps) => {
      const path = folders.etcHosts(pod.metadata.uid!);
      const { hostAliases, hostNetwork } = pod.spec!;
      const text = hostNetwork
        ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8'), hostAliases)
        : hostsFile({ ...podNames(pod, config.clusterDns.domain), podIps, hostAliases });
      const old = await readFile(path, 'utf8').catch(() => undefined);
      // Containers mount the file itself: it is written over, never replaced.
      if (old === text) return;
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      await writeFile(path, text, { mode: 0o644 });
    },
  };
}

function portMappings(pod: ReadonlyPod): PortMapping[] {
  return containersOf(pod).flatMap(({ container }) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol, hostIP }): PortMapping[] =>
      hostPort
        ? [
            {
              protocol: (protocol ?? 'TCP') as PortMapping['protocol'],
              containerPort,
              hostPort,
              ...(hostIP ? { hostIp: hostIP } : {}),
            },
          ]
        : [],
    ),
  );
}
