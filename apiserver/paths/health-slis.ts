import { Registry } from 'prom-client';
import { counter, gauge } from '../../component/metrics.ts';

export interface HealthSlis {
  /** One result of a check that was run for `/healthz`, `/livez` or `/readyz`. */
  observe(root: string, name: string, status: 'success' | 'error'): void;
  /** What `/metrics/slis` shows: availability over time, apart from all other metrics. */
  readonly registry: Registry;
}

/** Counts the results of health checks as upstream's `component-base/metrics/prometheus/slis` does (KEP-3466). */
export function createHealthSlis(): HealthSlis {
  const registry = new Registry();
  const current = gauge(registry, {
    name: 'kubernetes_healthcheck',
    help: '[STABLE] This metric records the result of a single healthcheck.',
    labelNames: ['name', 'type'],
  });
  const total = counter(registry, {
    name: 'kubernetes_healthchecks_total',
    help: '[STABLE] This metric records the results of all healthcheck.',
    labelNames: ['name', 'status', 'type'],
  });
  return {
    registry,
    observe: (type, name, status) => {
      current.set({ name, type }, status === 'success' ? 1 : 0);
      total.inc({ name, status, type });
    },
  };
}
