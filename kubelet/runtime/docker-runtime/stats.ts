import type Docker from 'dockerode';
import type { ContainerStats } from '../container-runtime.ts';
import { isConflict, isNotFound } from './docker-errors.ts';

/** One reading; `one-shot` saves the two seconds the daemon would wait for a second one. */
export async function stats(docker: Docker, id: string): Promise<ContainerStats | undefined> {
  try {
    const read = await docker.getContainer(id).stats({ stream: false, 'one-shot': true });
    const usage = read.memory_stats.usage;
    if (usage === undefined) return undefined; // not running
    const counters = read.memory_stats.stats as { total_inactive_file?: number; inactive_file?: number };
    const inactive = counters.total_inactive_file ?? counters.inactive_file ?? 0; // cgroup v1, v2
    return {
      timestampMs: Date.parse(read.read),
      cpuUsageNanoseconds: read.cpu_stats.cpu_usage.total_usage,
      memoryUsageBytes: usage,
      memoryWorkingSetBytes: Math.max(0, usage - inactive),
    };
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined;
    throw error;
  }
}
