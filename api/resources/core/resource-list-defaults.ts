import { formatQuantity, parseQuantity } from '../../meta/quantity.ts';

type ResourceList = Record<string, string>;

/**
 * Rounds every quantity up to whole thousandths, the finest step in which resources are counted. Changes the list it
 * is given; what is no quantity stays for validation to refuse.
 */
export function roundResourceList(list: ResourceList | undefined): void {
  for (const name in list) {
    const text = list[name];
    if (typeof text !== 'string' || !mayBeFinerThanMilli.test(text)) continue;
    try {
      const { digits, scale, format } = parseQuantity(text);
      if (scale <= 3) continue;
      const step = 10n ** BigInt(scale - 3);
      const rounded = digits > 0n ? (digits + step - 1n) / step : digits / step;
      list[name] = formatQuantity({ digits: rounded, scale: 3, format });
    } catch {
      continue;
    }
  }
}

const mayBeFinerThanMilli = /[nu]$|\.\d{4}|[eE]-|\.\d+m$/;

/** Requests that are left out are the limits. */
export function defaultRequestsToLimits(
  resources: { limits?: ResourceList; requests?: ResourceList } | undefined,
): void {
  if (!resources?.limits) return;
  resources.requests ??= {};
  for (const name in resources.limits) resources.requests[name] ??= resources.limits[name]!;
}
