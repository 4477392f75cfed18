import { scaledValue } from '../../api/meta/quantity.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ResourceFieldSelector } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyContainer } from '../pods/pod.ts';

/**
 * The value of a container's request or limit in units of the divisor, rounded up. A limit that is not set is what the
 * node can give; a request that is not set is the limit, if there is one, or 0. Throws for resources that are not offered.
 */
export function resourceValue(
  container: ReadonlyContainer,
  selector: DeepReadonly<ResourceFieldSelector>,
  allocatable: Readonly<Record<string, string>>,
): string {
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(selector.resource);
  if (!match) throw new Error(`unsupported container resource : ${selector.resource}`);
  const [, kind, name] = match as unknown as [string, 'limits' | 'requests', string];
  const limit = container.resources?.limits?.[name];
  const quantity =
    kind === 'limits' ? (limit ?? allocatable[name] ?? '0') : (container.resources?.requests?.[name] ?? limit ?? '0');
  const divisor = !selector.divisor || selector.divisor === '0' ? '1' : selector.divisor;
  const [value, unit] = [scaledValue(quantity, 9), scaledValue(divisor, 9)];
  return String((value + unit - 1n) / unit);
}
