import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

const windowMs = 500;
const quietUtilization = 0.1;

/** True after the first half second in which the event loop had next to nothing to do, false once the signal has aborted. */
export async function quietMoment(clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (let before = performance.eventLoopUtilization(); ;) {
    await clock.sleep(windowMs, signal).catch(() => {});
    if (signal.aborted) return false;
    const now = performance.eventLoopUtilization();
    if (performance.eventLoopUtilization(now, before).utilization < quietUtilization) return true;
    before = now;
  }
}
