import type { Deps } from '../../component/deps.ts';
import { counter } from '../../component/metrics.ts';

/** Counts and tells what a backend could not keep, the telling at most once in a while. */
export function createAuditErrors(
  plugin: string,
  { log, metrics }: Pick<Deps, 'log' | 'metrics'>,
): { lost(events: number, error: unknown): void } {
  const total = counter(metrics, {
    name: 'apiserver_audit_error_total',
    help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
    labelNames: ['plugin'],
  });
  return {
    lost: (events, error) => {
      total.inc({ plugin }, events);
      log.error('audit events are lost', { plugin, events, error });
    },
  };
}
