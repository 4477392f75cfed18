import { milliValue, quantityValue } from '../../api/meta/quantity.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Container } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';

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
  return sumRequests(pod, {});
}

function sumRequests({ spec }: ReadonlyPod, whereMissing: Amounts): Record<string, number> {
  const requestsOf = (container: DeepReadonly<Container>): Amounts => ({
    ...whereMissing,
    ...amountsOf(container.resources?.requests),
  });
  const total: Record<string, number> = {};
  for (const container of spec?.containers ?? []) add(total, requestsOf(container));
  const sidecars: Record<string, number> = {};
  const starting: Record<string, number> = {};
  for (const container of spec?.initContainers ?? []) {
    const requests = requestsOf(container);
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
  const { cpu, memory } = sumRequests(pod, assumed);
  return { cpu: cpu ?? 0, memory: memory ?? 0 };
}

/** Adds the amounts to the total itself, or takes them off it where `sign` is -1. */
export function add(total: Record<string, number>, amounts: Amounts, sign = 1): void {
  for (const [resource, amount] of Object.entries(amounts)) total[resource] = (total[resource] ?? 0) + sign * amount;
}

function raise(total: Record<string, number>, amounts: Amounts): void {
  for (const [resource, amount] of Object.entries(amounts)) total[resource] = Math.max(total[resource] ?? 0, amount);
}
