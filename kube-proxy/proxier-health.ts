import type { Clock } from '../component/clock.ts';
import type { HealthCheck } from '../component/health.ts';
import type { SyncLoop } from './sync-loop.ts';

/**
 * Healthy once rules have been written, and as long as no change waits for more than twice the sync period: then traffic
 * would go to endpoints that are gone, and a load balancer had better send it elsewhere.
 */
export function proxierHealth(
  loop: Pick<SyncLoop, 'lastSuccessMs' | 'dirtySinceMs'>,
  clock: Clock,
  syncPeriodMs: number,
): HealthCheck {
  return {
    name: 'proxier',
    check: () => {
      if (loop.lastSuccessMs === undefined) throw new Error('rules have not been written yet');
      const waitingMs = loop.dirtySinceMs === undefined ? 0 : clock.now() - loop.dirtySinceMs;
      if (waitingMs > 2 * syncPeriodMs)
        throw new Error(`a change has been waiting for ${Math.round(waitingMs / 1000)} s`);
    },
  };
}
