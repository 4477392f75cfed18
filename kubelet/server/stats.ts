import { readFile } from 'node:fs/promises';
import { Gauge, Registry } from 'prom-client';
import { formatTime } from '../../api/meta/time.ts';
import type { Deps } from '../../component/deps.ts';
import type { Kubelet } from '../kubelet.ts';
import { readFileSystem, readMemory } from '../node/machine-info.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import type { ContainerStats, ContainerStatusInfo } from '../runtime/container-runtime.ts';

export interface UsageReader {
  /** `GET /stats/summary`, upstream's `stats.k8s.io/v1alpha1` shape. */
  summary(): Promise<object>;
  /** `GET /metrics/resource` */
  resourceMetrics(): Promise<string>;
  /** `GET /metrics/cadvisor`, what dashboards of workloads need most. */
  cadvisorMetrics(): Promise<string>;
}

interface Sample {
  readonly pod: ReadonlyPod;
  readonly info: ContainerStatusInfo;
  readonly stats: ContainerStats;
}

interface Samples {
  readonly takenMs: number;
  readonly samples: readonly Sample[];
  readonly node: NodeUsage;
}

interface NodeUsage {
  readonly cpuNanoseconds: number;
  readonly memoryUsageBytes: number;
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
}

/** Readings are shared by whoever asks within this time, in ms. */
const keepMs = 5000;
/** The kernel's clock ticks in /proc/stat. */
const ticksPerSecond = 100;

/**
 * Reads when it is asked, and keeps a reading for 5 s. Rates are over the time between two readings, so the first
 * answer has none. `rootDir` is on the file system whose use is shown.
 */
export function createUsageReader(kubelet: Kubelet, rootDir: string, deps: Pick<Deps, 'clock'>): UsageReader {
  let latest: Promise<Samples> | undefined;
  let before: Samples | undefined;

  async function take(): Promise<Samples> {
    const { containers } = await kubelet.runtime.observe();
    const byUid = new Map(kubelet.pods().map((pod) => [pod.metadata.uid, pod]));
    const samples = await Promise.all(
      containers
        .filter(({ state }) => state === 'running')
        .map(async (info): Promise<Sample | undefined> => {
          const pod = byUid.get(info.podUid);
          // It may have ended since the look; then it uses nothing.
          const stats = pod && (await kubelet.runtime.stats(info.id).catch(() => undefined));
          return stats && { pod, info, stats };
        }),
    );
    return {
      takenMs: deps.clock.now(),
      samples: samples.filter((sample) => sample !== undefined),
      node: await nodeUsage(),
    };
  }

  async function read(): Promise<{ now: Samples; before: Samples | undefined }> {
    const known = await latest?.catch(() => undefined);
    if (!known || deps.clock.now() - known.takenMs >= keepMs) {
      before = known;
      latest = take();
    }
    return { now: await latest!, before };
  }

  return {
    summary: async () => {
      const { now, before: earlier } = await read();
      const time = formatTime(now.takenMs);
      const disk = await readFileSystem(rootDir);
      const fs = {
        time,
        availableBytes: disk.availableBytes,
        capacityBytes: disk.capacityBytes,
        usedBytes: disk.usedBytes,
        inodesFree: disk.inodesFree,
        inodes: disk.inodes,
        inodesUsed: disk.inodes - disk.inodesFree,
      };
      const rate = (nanoseconds: number, old: number | undefined): number | undefined => {
        const elapsedMs = earlier ? now.takenMs - earlier.takenMs : 0;
        return old === undefined || elapsedMs <= 0
          ? undefined
          : Math.max(0, Math.round((nanoseconds - old) / (elapsedMs / 1000)));
      };
      const cpu = (nanoseconds: number, old: number | undefined): object => {
        const usageNanoCores = rate(nanoseconds, old);
        return { time, ...(usageNanoCores === undefined ? {} : { usageNanoCores }), usageCoreNanoSeconds: nanoseconds };
      };
      const pods = Map.groupBy(now.samples, ({ pod }) => pod);
      return {
        node: {
          nodeName: kubelet.nodeName,
          startTime: time,
          cpu: cpu(now.node.cpuNanoseconds, earlier?.node.cpuNanoseconds),
          memory: {
            time,
            availableBytes: now.node.memoryAvailableBytes,
            usageBytes: now.node.memoryUsageBytes,
            workingSetBytes: now.node.memoryTotalBytes - now.node.memoryAvailableBytes,
          },
          fs,
          runtime: { imageFs: fs },
        },
        pods: [...pods].map(([pod, samples]) => {
          const sum = (of: (stats: ContainerStats) => number): number =>
            samples.reduce((total, { stats }) => total + of(stats), 0);
          const old = earlier?.samples.filter((sample) => sample.pod.metadata.uid === pod.metadata.uid);
          const containers = samples.map(({ info, stats }) => ({
            name: info.name,
            startTime: formatTime(info.startedAtMs),
            cpu: cpu(
              stats.cpuUsageNanoseconds,
              old?.find((sample) => sample.info.id === info.id)?.stats.cpuUsageNanoseconds,
            ),
            memory: { time, usageBytes: stats.memoryUsageBytes, workingSetBytes: stats.memoryWorkingSetBytes },
          }));
          const isComparable = old?.length === samples.length;
          return {
            podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
            startTime: pod.status?.startTime ?? time,
            containers,
            cpu: cpu(
              sum(({ cpuUsageNanoseconds }) => cpuUsageNanoseconds),
              isComparable ? old.reduce((total, { stats }) => total + stats.cpuUsageNanoseconds, 0) : undefined,
            ),
            memory: {
              time,
              usageBytes: sum(({ memoryUsageBytes }) => memoryUsageBytes),
              workingSetBytes: sum(({ memoryWorkingSetBytes }) => memoryWorkingSetBytes),
            },
          };
        }),
      };
    },
    resourceMetrics: async () => {
      const { now } = await read();
      const registry = new Registry();
      const make = (name: string, help: string, labelNames: string[] = []): Gauge =>
        new Gauge({ name, help, labelNames, registers: [registry] });
      make('node_cpu_usage_seconds_total', 'Cumulative cpu time consumed by the node in core-seconds').set(
        now.node.cpuNanoseconds / 1e9,
      );
      make('node_memory_working_set_bytes', 'Current working set of the node in bytes').set(
        now.node.memoryTotalBytes - now.node.memoryAvailableBytes,
      );
      const names = ['container', 'pod', 'namespace'];
      const cpu = make(
        'container_cpu_usage_seconds_total',
        'Cumulative cpu time consumed by the container in core-seconds',
        names,
      );
      const memory = make('container_memory_working_set_bytes', 'Current working set of the container in bytes', names);
      const start = make(
        'container_start_time_seconds',
        'Start time of the container since unix epoch in seconds',
        names,
      );
      const podNames = ['pod', 'namespace'];
      const podCpu = make(
        'pod_cpu_usage_seconds_total',
        'Cumulative cpu time consumed by the pod in core-seconds',
        podNames,
      );
      const podMemory = make('pod_memory_working_set_bytes', 'Current working set of the pod in bytes', podNames);
      for (const { pod, info, stats } of now.samples) {
        const ofPod = { pod: pod.metadata.name!, namespace: pod.metadata.namespace! };
        const labels = { container: info.name, ...ofPod };
        cpu.set(labels, stats.cpuUsageNanoseconds / 1e9);
        memory.set(labels, stats.memoryWorkingSetBytes);
        start.set(labels, info.startedAtMs / 1000);
        podCpu.inc(ofPod, stats.cpuUsageNanoseconds / 1e9);
        podMemory.inc(ofPod, stats.memoryWorkingSetBytes);
      }
      make('resource_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise').set(0);
      return asCounters(await registry.metrics());
    },
    cadvisorMetrics: async () => {
      const { now } = await read();
      const registry = new Registry();
      const labelNames = ['container', 'id', 'image', 'name', 'namespace', 'pod'];
      const make = (name: string, help: string): Gauge => new Gauge({ name, help, labelNames, registers: [registry] });
      const cpu = make('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.');
      const usage = make(
        'container_memory_usage_bytes',
        'Current memory usage in bytes, including all memory regardless of when it was accessed',
      );
      const workingSet = make('container_memory_working_set_bytes', 'Current working set in bytes.');
      const lastSeen = make('container_last_seen', 'Last time a container was seen by the exporter');
      const start = make('container_start_time_seconds', 'Start time of the container since unix epoch in seconds.');
      for (const { pod, info, stats } of now.samples) {
        const labels = {
          container: info.name,
          id: `/${info.id}`,
          image: info.image,
          name: info.id,
          namespace: pod.metadata.namespace!,
          pod: pod.metadata.name!,
        };
        cpu.set(labels, stats.cpuUsageNanoseconds / 1e9);
        usage.set(labels, stats.memoryUsageBytes);
        workingSet.set(labels, stats.memoryWorkingSetBytes);
        lastSeen.set(labels, Math.round(now.takenMs / 1000));
        start.set(labels, info.startedAtMs / 1000);
      }
      return asCounters(await registry.metrics());
    },
  };
}

/** What only counts up is a counter, though prom-client cannot set one. */
function asCounters(text: string): string {
  return text.replace(/^# TYPE (\S+_total) gauge$/gm, '# TYPE $1 counter');
}

async function nodeUsage(): Promise<NodeUsage> {
  const [memory, stat] = await Promise.all([readMemory(), readFile('/proc/stat', 'utf8')]);
  const [, ...fields] = stat.split('\n', 1)[0]!.trim().split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number);
  const busyTicks = user + nice + system + irq + softirq + steal;
  return {
    cpuNanoseconds: Math.round((busyTicks / ticksPerSecond) * 1e9),
    memoryUsageBytes: memory.totalBytes - memory.availableBytes,
    memoryTotalBytes: memory.totalBytes,
    memoryAvailableBytes: memory.availableBytes,
  };
}
