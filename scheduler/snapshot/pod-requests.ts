import { milliValue, quantityValue } from '../../api/meta/quantity.ts';
import type { ReadonlyPod } from '../framework/plugin.ts';

/** Amounts of resources: cpu in thousandths of a core, everything else in units (bytes). */
export type Amounts = Readonly<Record<string, number>>;

/** What a quantity of a resource is as a number. */
export function amountOf(resource: string, quantity: string): number {
  return resource === 'cpu' ? milliValue(quantity) : quantityValue(quantity);
}

/** What requests of a list are as numbers. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Record<string, number> {
  return Object.fromEntries(
    Object.entries(list ?? {}).map(([resource, quantity]) => [resource, amountOf(resource, quantity)]),
  );
}

/**
 * What a pod asks for: the sum of its containers and sidecars, or the most that it needs while it starts, if that is
 * more; plus its overhead (upstream's `PodRequests`). Pod-level requests go before those of containers.
 */
export function podRequests(pod: ReadonlyPod): Amounts {
  const spec = pod.spec;
  const total: Record<string, number> = {};
  for (const container of spec?.containers ?? []) add(total, amountsOf(container.resources?.requests));
  const sidecars: Record<string, number> = {};
  const starting: Record<string, number> = {};
  for (const container of spec?.initContainers ?? []) {
    const requests = amountsOf(container.resources?.requests);
    if (container.restartPolicy === 'Always') {
      add(total, requests);
      add(sidecars, requests);
      raise(starting, sidecars);
    } else {
      const together = { ...sidecars };
      add(together, requests);
      raise(starting, together);
    }
  }
  raise(total, starting);
  Object.assign(total, amountsOf(spec?.resources?.requests));
  add(total, amountsOf(spec?.overhead));
  return total;
}

/** Upstream counts a container without a request as this much when it scores, so that such pods spread too. */
const assumed = { cpu: 100, memory: 200 * 1024 * 1024 };

/** As `podRequests`, with an assumed request for every container that names none. */
export function nonZeroRequests(pod: ReadonlyPod): { readonly cpu: number; readonly memory: number } {
  let cpu = 0;
  let memory = 0;
  for (const container of pod.spec?.containers ?? []) {
    const requests = container.resources?.requests;
    cpu += requests?.cpu === undefined ? assumed.cpu : amountOf('cpu', requests.cpu);
    memory += requests?.memory === undefined ? assumed.memory : amountOf('memory', requests.memory);
  }
  return { cpu, memory };
}

export function add(total: Record<string, number>, amounts: Amounts, sign = 1): void {
  for (const [resource, amount] of Object.entries(amounts)) total[resource] = (total[resource] ?? 0) + sign * amount;
}

function raise(total: Record<string, number>, amounts: Amounts): void {
  for (const [resource, amount] of Object.entries(amounts)) total[resource] = Math.max(total[resource] ?? 0, amount);
}
