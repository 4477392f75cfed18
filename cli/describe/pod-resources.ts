import { addQuantities, compareQuantities, type Quantity } from '../../api/meta/quantity.ts';
import type { Container, Pod } from '../../api/schema/generated/core-v1.ts';

/** What a pod asks for at its most demanding moment (KEP-753): its containers and sidecars together, or one init container beside the sidecars before it. */
export function podResource({ spec }: Pod, of: 'requests' | 'limits', name: string): Quantity {
  const amountOf = ({ resources }: Container): string => resources?.[of]?.[name] ?? '0';
  let sidecars = addQuantities('0', '0');
  let most = sidecars;
  for (const container of spec?.initContainers ?? []) {
    const withIt = addQuantities(sidecars, amountOf(container));
    if (container.restartPolicy === 'Always') sidecars = withIt;
    if (compareQuantities(withIt, most) > 0) most = withIt;
  }
  const together = (spec?.containers ?? []).reduce(
    (sum, container) => addQuantities(sum, amountOf(container)),
    sidecars,
  );
  const asked = compareQuantities(together, most) > 0 ? together : most;
  return addQuantities(asked, (spec?.overhead as Record<string, string> | undefined)?.[name] ?? '0');
}
