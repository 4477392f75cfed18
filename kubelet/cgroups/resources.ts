import { milliValue, quantityValue } from '../../api/meta/quantity.ts';
import type { ReadonlyContainer, ReadonlyPod } from '../pods/pod.ts';
import type { ContainerSpec } from '../runtime/container-runtime.ts';
import { qosClassOf } from '../status/qos-class.ts';

/** cgroup v1's scale: this many shares are one CPU, and the least there can be. */
const sharesPerCpu = 1024;
const minShares = 2;
const maxShares = 262_144;
const periodMicros = 100_000;
const minQuotaMicros = 1000;

/** Upstream's scores by quality of service: who is killed first when memory runs out. */
const guaranteedOomScoreAdj = -997;
const bestEffortOomScoreAdj = 1000;

type Limits = Pick<
  ContainerSpec,
  'cpuShares' | 'cpuQuotaMicros' | 'cpuPeriodMicros' | 'memoryLimitBytes' | 'oomScoreAdj'
>;

/** What requests and limits mean to the kernel. */
export function containerLimits(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  node: { readonly memoryBytes: number; readonly cpuCfsQuota: boolean },
): Limits {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const cpuLimit = limits.cpu === undefined ? 0 : milliValue(limits.cpu);
  const cpuRequest = requests.cpu === undefined ? cpuLimit : milliValue(requests.cpu);
  const memoryLimitBytes = limits.memory === undefined ? 0 : quantityValue(limits.memory);
  return {
    cpuShares: milliCpuToShares(cpuRequest),
    ...(cpuLimit > 0 && node.cpuCfsQuota
      ? { cpuQuotaMicros: milliCpuToQuota(cpuLimit), cpuPeriodMicros: periodMicros }
      : {}),
    ...(memoryLimitBytes > 0 ? { memoryLimitBytes } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, node.memoryBytes),
  };
}

function milliCpuToShares(milliCpu: number): number {
  if (milliCpu === 0) return minShares;
  return Math.min(maxShares, Math.max(minShares, Math.floor((milliCpu * sharesPerCpu) / 1000)));
}

/** Microseconds of CPU a period. */
function milliCpuToQuota(milliCpu: number): number {
  return Math.max(minQuotaMicros, Math.floor((milliCpu * periodMicros) / 1000));
}

/** The more of the node's memory a Burstable container asked for, the later it is killed. */
export function oomScoreAdj(pod: ReadonlyPod, container: ReadonlyContainer, nodeMemoryBytes: number): number {
  if ((pod.spec?.priority ?? 0) >= systemCriticalPriority) return guaranteedOomScoreAdj;
  switch (qosClassOf(pod)) {
    case 'Guaranteed':
      return guaranteedOomScoreAdj;
    case 'BestEffort':
      return bestEffortOomScoreAdj;
    case 'Burstable': {
      const request = container.resources?.requests?.memory;
      const share = request === undefined ? 0 : (1000 * quantityValue(request)) / nodeMemoryBytes;
      // Above every Guaranteed container, and below every BestEffort one.
      return Math.min(bestEffortOomScoreAdj - 1, Math.max(1000 + guaranteedOomScoreAdj, Math.floor(1000 - share)));
    }
  }
}

/** system-cluster-critical's and above. */
const systemCriticalPriority = 2_000_000_000;

/** `/kubepods/burstable/podUID`, below the root given; Guaranteed pods lie directly under kubepods. */
export function podCgroup(pod: ReadonlyPod, root: string): string {
  const qos = qosClassOf(pod);
  const parts = [
    root.replace(/\/$/, ''),
    'kubepods',
    ...(qos === 'Guaranteed' ? [] : [qos.toLowerCase()]),
    `pod${pod.metadata.uid}`,
  ];
  return parts.join('/');
}
