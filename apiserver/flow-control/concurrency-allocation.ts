/** One who shares in a sum: what it would like, and the bounds of what it may get. */
export interface Share {
  readonly target: number;
  readonly lowerBound: number;
  /** Not below `lowerBound`. */
  readonly upperBound: number;
}

/** Targets below count as this, so that proportions exist. */
const minTarget = 0.001;
/** More halvings than a double has bits change nothing. */
const halvings = 60;

/**
 * Divides `sum` in proportion to the targets, within everybody's bounds: one proportion for all, clipped where a bound is
 * reached (KEP-1040, max-min fair with bounds). Undefined where the bounds allow no such division.
 */
export function allocate(
  sum: number,
  shares: readonly Share[],
): { readonly allocations: readonly number[]; readonly fairFraction: number } | undefined {
  const given = (fraction: number): number[] =>
    shares.map(({ target, lowerBound, upperBound }) =>
      Math.max(lowerBound, Math.min(upperBound, fraction * Math.max(target, minTarget))),
    );
  const total = (fraction: number): number => given(fraction).reduce((a, b) => a + b, 0);
  const tolerance = 1e-7;
  if (total(0) > sum + tolerance || total(Infinity) < sum - tolerance) return undefined;
  let low = 0;
  let high = Math.max(1, ...shares.map(({ target, upperBound }) => upperBound / Math.max(target, minTarget)));
  // What everybody gets grows with the fraction, so that the one that fits is found by halving.
  for (let i = 0; i < halvings; i++) {
    const middle = (low + high) / 2;
    if (total(middle) < sum) low = middle;
    else high = middle;
  }
  return { allocations: given(high), fairFraction: high };
}
