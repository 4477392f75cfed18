import type { IntOrString } from '../schema/generated/meta-v1.ts';

/**
 * The number an IntOrString stands for, a percentage being of `total` (upstream's GetScaledValueFromIntOrPercent).
 * Throws where a string is no percentage.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined)
    throw new Error(
      value.endsWith('%')
        ? `invalid value for IntOrString: invalid value ${JSON.stringify(value)}`
        : 'invalid value for IntOrString: invalid type: string is not a percentage',
    );
  // Integers throughout: 0.1 × 30 must not become 3.0000000000000004 and round up to 4.
  const product = percent * total;
  return round === 'up' ? Math.ceil(product / 100) : Math.floor(product / 100);
}

/** 30 for `30%`; undefined for what is no percentage. */
export function percentOf(value: IntOrString): number | undefined {
  const match = typeof value === 'string' ? /^([+-]?\d+)%$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
}

/** The port an IntOrString names among `ports`, or the number it is; undefined where no port has the name. */
export function resolvePort(
  value: IntOrString,
  ports: readonly { readonly name?: string; readonly containerPort: number }[],
): number | undefined {
  return typeof value === 'number' ? value : ports.find((p) => p.name === value)?.containerPort;
}
