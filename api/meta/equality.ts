import { compareQuantities, isQuantity } from './quantity.ts';

/** Deep equality of JSON values: key order does not matter, a key whose value is undefined counts as absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  // Counted on both sides: to ask each for the other's keys would find those that every object inherits.
  let surplus = 0;
  for (const key in a) {
    const value = (a as Json)[key];
    if (value === undefined) continue;
    const other = (b as Json)[key];
    if (value !== other && !jsonEqual(value, other)) return false;
    surplus++;
  }
  for (const key in b) if ((b as Json)[key] !== undefined) surplus--;
  return surplus === 0;
}

/**
 * As upstream's `equality.Semantic.DeepEqual` on JSON: also null, an empty list and an empty map count as absent, and
 * below `resources`, `limits`, `requests` and the like, strings that are quantities are equal by value (`1` and `1000m`).
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  return semantic(a, b, false);
}

type Json = Readonly<Record<string, unknown>>;

const quantityParents = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'hard',
  'used',
  'overhead',
  'allocatedResources',
  'podFixed',
  'max',
  'min',
  'default',
  'defaultRequest',
  'maxLimitRequestRatio',
  'sizeLimit',
  'divisor',
]);

function semantic(a: unknown, b: unknown, quantities: boolean): boolean {
  if (a === b) return true;
  if (isAbsent(a) || isAbsent(b)) return saysNothing(a) && saysNothing(b);
  if (typeof a !== 'object' || typeof b !== 'object') {
    return (
      quantities &&
      typeof a === 'string' &&
      typeof b === 'string' &&
      isQuantity(a) &&
      isQuantity(b) &&
      compareQuantities(a, b) === 0
    );
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => semantic(item, b[i], quantities));
  }
  return semanticKeys(a as Json, b as Json, quantities);
}

function semanticKeys(a: Json, b: Json, quantities: boolean): boolean {
  for (const key in a) {
    const other = Object.hasOwn(b, key) ? b[key] : undefined;
    const isSame = saysNothing(a[key])
      ? saysNothing(other)
      : semantic(a[key], other, quantities || quantityParents.has(key));
    if (!isSame) return false;
  }
  for (const key in b) if (!Object.hasOwn(a, key) && !saysNothing(b[key])) return false;
  return true;
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Nothing at all, or a list or map that is empty, or a map of such. */
function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (!saysNothing((value as Json)[key])) return false;
  return true;
}
