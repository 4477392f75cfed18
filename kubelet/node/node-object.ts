import { formatQuantity, milliValue, parseQuantity, quantityValue } from '../../api/meta/quantity.ts';
import type {
  ContainerImage,
  Node,
  NodeAddress,
  NodeCondition,
  NodeStatus,
} from '../../api/schema/generated/core-v1.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { formatTime } from '../../api/meta/time.ts';
import { kubernetesVersion } from '../../component/version.ts';
import type { EvictionSignal } from '../eviction/thresholds.ts';
import type { ImageInfo } from '../runtime/container-runtime.ts';
import type { MachineInfo } from './machine-info.ts';

export interface NodeFacts {
  readonly name: string;
  readonly hostname: string;
  readonly ips: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly unschedulable: boolean;
  readonly machine: MachineInfo;
  readonly ephemeralStorageBytes: number;
  readonly maxPods: number;
  readonly port: number;
  readonly runtimeVersion: string;
  readonly reserved: Readonly<Record<string, string>>;
  /** Kept free by eviction, so not given to pods. */
  readonly evictionReserved: Readonly<Record<string, number>>;
  readonly providerId?: string;
}

/** The object a kubelet registers. */
export function nodeObject(facts: NodeFacts, status: NodeStatus): Node {
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name: facts.name,
      labels: { ...defaultLabels(facts), ...facts.labels },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      ...(facts.providerId ? { providerID: facts.providerId } : {}),
      ...(facts.taints.length > 0 ? { taints: facts.taints.map((taint) => ({ ...taint })) } : {}),
      ...(facts.unschedulable ? { unschedulable: true } : {}),
    },
    status,
  };
}

/** The labels that are put right at every start. */
export function defaultLabels({ hostname, machine }: Pick<NodeFacts, 'hostname' | 'machine'>): Record<string, string> {
  return {
    'kubernetes.io/hostname': hostname,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': machine.architecture,
  };
}

/** What the machine has. */
export function capacityOf(facts: NodeFacts): Record<string, string> {
  return {
    cpu: String(facts.machine.cpus),
    memory: `${Math.floor(facts.machine.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(facts.ephemeralStorageBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(facts.maxPods),
  };
}

/** What pods may ask for: the capacity less what is reserved. */
export function allocatableOf(facts: NodeFacts): Record<string, string> {
  const allocatable = capacityOf(facts);
  for (const [name, quantity] of Object.entries(facts.reserved)) {
    if (allocatable[name] === undefined) continue;
    if (name === 'cpu') {
      const milli = Math.max(0, milliValue(allocatable.cpu!) - milliValue(quantity));
      allocatable.cpu = formatQuantity(parseQuantity(`${milli}m`));
    } else {
      allocatable[name] = String(Math.max(0, quantityValue(allocatable[name]) - quantityValue(quantity)));
    }
  }
  for (const [name, bytes] of Object.entries(facts.evictionReserved)) {
    if (allocatable[name] === undefined) continue;
    const left = Math.max(0, quantityValue(allocatable[name]) - bytes);
    allocatable[name] = name === 'memory' ? `${Math.floor(left / 1024)}Ki` : String(left);
  }
  return allocatable;
}

export interface NodeHealth {
  /** What keeps the node from running pods; empty where nothing does. */
  readonly problems: readonly string[];
  readonly pressure: ReadonlySet<EvictionSignal>;
}

/** The status the kubelet owns. Conditions keep their transition time while they do not change. */
export function nodeStatus(
  facts: NodeFacts,
  health: NodeHealth,
  images: readonly ImageInfo[],
  previous: DeepReadonly<NodeStatus> | undefined,
  nowMs: number,
): NodeStatus {
  const { machine } = facts;
  return {
    capacity: capacityOf(facts),
    allocatable: allocatableOf(facts),
    conditions: conditionsOf(health, previous, nowMs),
    addresses: addressesOf(facts),
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: facts.runtimeVersion,
      kubeletVersion: kubernetesVersion.gitVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    images: imageList(images),
  };
}

function addressesOf({ ips, hostname }: NodeFacts): NodeAddress[] {
  return [...ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: hostname }];
}

const maxImages = 50;
const maxImageNames = 5;

/** The largest first, as upstream shows them: schedulers prefer nodes that have a large image already. */
function imageList(images: readonly ImageInfo[]): ContainerImage[] {
  return images
    .filter(({ tags, digests }) => tags.length + digests.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, maxImages)
    .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, maxImageNames), sizeBytes }));
}

function conditionsOf(
  { problems, pressure }: NodeHealth,
  previous: DeepReadonly<NodeStatus> | undefined,
  nowMs: number,
): NodeCondition[] {
  const underPressure = (prefix: string): boolean => [...pressure].some((signal) => signal.startsWith(prefix));
  const isReady = problems.length === 0;
  const now = formatTime(nowMs);
  const verdicts: [type: string, isTrue: boolean, reason: string, message: string][] = [
    underPressure('memory')
      ? ['MemoryPressure', true, 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']
      : ['MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    underPressure('nodefs') || underPressure('imagefs')
      ? ['DiskPressure', true, 'KubeletHasDiskPressure', 'kubelet has disk pressure']
      : ['DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    underPressure('pid')
      ? ['PIDPressure', true, 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available']
      : ['PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    isReady
      ? ['Ready', true, 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', false, 'KubeletNotReady', problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`],
  ];
  return verdicts.map(([type, isTrue, reason, message]) => {
    const status = isTrue ? 'True' : 'False';
    const before = previous?.conditions?.find((condition) => condition.type === type);
    return {
      type,
      status,
      lastHeartbeatTime: now,
      lastTransitionTime: before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : now,
      reason,
      message,
    };
  });
}
