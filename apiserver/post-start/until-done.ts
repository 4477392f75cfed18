import type { Deps } from '../../component/deps.ts';

const retryMs = 1000;

/** Runs `attempt` until it succeeds once or the signal aborts; tells of every failure. */
export async function untilDone(
  what: string,
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  signal: AbortSignal,
  attempt: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) return;
      log.warn('objects a server makes by itself are not there yet', { what, error });
    }
    await clock.sleep(retryMs, signal).catch(() => {});
  }
}
