import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  subtractQuantities,
} from '../../../api/meta/quantity.ts';

/** Amounts by resource name; quantities as text. */
export type Amounts = Readonly<Record<string, string>>;

/** a + b; what is in one of them only stays as it is. */
export function addAmounts(a: Amounts, b: Amounts): Record<string, string> {
  const sum: Record<string, string> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    sum[name] = sum[name] === undefined ? amount : formatQuantity(addQuantities(sum[name], amount));
  }
  return sum;
}

/** a - b; may be negative. */
export function subtractAmounts(a: Amounts, b: Amounts): Record<string, string> {
  const rest: Record<string, string> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    rest[name] = formatQuantity(subtractQuantities(rest[name] ?? '0', amount));
  }
  return rest;
}

/** Only the named resources. */
export function mask(amounts: Amounts, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)));
}

/** Those amounts that are not zero. */
export function withoutZeros(amounts: Amounts): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => compareQuantities(amount, '0') !== 0));
}

/** Names of what `amounts` has more of than `limits`; what has no limit is never too much. */
export function exceeding(amounts: Amounts, limits: Amounts): string[] {
  return Object.keys(amounts).filter(
    (name) => limits[name] !== undefined && compareQuantities(amounts[name]!, limits[name]) > 0,
  );
}

/** `cpu=2,pods=1`, by name. */
export function describeAmounts(amounts: Amounts): string {
  return Object.keys(amounts)
    .sort()
    .map((name) => `${name}=${canonicalQuantity(String(amounts[name]))}`)
    .join(',');
}
