/**
 * Resource quantities, exact: `1.5Gi`, `100m`, `12e6`. A quantity is `digits × 10^-scale`, held in a BigInt, so that
 * comparing, adding and canonicalising never round. The canonical form is what upstream's `resource.Quantity` writes.
 */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

export interface Quantity {
  /** Value in units of 10^-scale; scale is 0 to 9, as upstream rounds up to nano. */
  readonly digits: bigint;
  readonly scale: number;
  readonly format: QuantityFormat;
}

/** The messages are those a client of upstream sees. */
export const quantityErrors = {
  format: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  numeric: 'unable to parse numeric part of quantity',
  suffix: "unable to parse quantity's suffix",
} as const;

class QuantityError extends Error {
  constructor(kind: keyof typeof quantityErrors) {
    super(quantityErrors[kind]);
    this.name = 'QuantityError';
  }
}

const binaryShift: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalPower: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const decimalSuffix: ReadonlyMap<number, string> = new Map(Object.entries(decimalPower).map(([s, p]) => [p, s]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const pow10 = Array.from({ length: 64 }, (_, i) => 10n ** BigInt(i));
const tenTo = (n: number): bigint => pow10[n] ?? 10n ** BigInt(n);
/** Powers of ten beyond this either way need no exact sum. */
const maxPower = 200;
const maxInt64 = (1n << 63n) - 1n;

/** Parses what upstream's `resource.ParseQuantity` takes; throws QuantityError with its message otherwise. */
export function parseQuantity(text: string): Quantity {
  if (text === '0') return { digits: 0n, scale: 0, format: 'DecimalSI' };
  // A suffix never begins with a digit: with two ways to share out digits the time would grow with their square.
  const match = /^([+-]?)([0-9]*)(?:(\.)([0-9]*))?((?:[eEinumkKMGTP]+[-+]?|[-+])[0-9]*)?$/.exec(text);
  if (!match) throw new QuantityError('format');
  const [, sign, whole = '', , fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '')
    throw new QuantityError(text === '' || text === '+' || text === '-' ? 'format' : 'numeric');
  let format: QuantityFormat = 'DecimalSI';
  let exponent = 0;
  let shift = 0;
  if (Object.hasOwn(binaryShift, suffix)) {
    format = 'BinarySI';
    shift = binaryShift[suffix]!;
  } else if (Object.hasOwn(decimalPower, suffix)) {
    exponent = decimalPower[suffix]!;
  } else {
    const e = /^[eE]([-+]?[0-9]+)$/.exec(suffix);
    if (!e) throw new QuantityError('suffix');
    format = 'DecimalExponent';
    exponent = Number(e[1]);
  }
  let digits = BigInt(whole + fraction) << BigInt(shift);
  let scale = fraction.length - exponent;
  if (digits === 0n) {
    scale = 0;
  } else if (scale < -maxPower) {
    // Exponents that far out are settled without computing with them: too big is capped, too small is the least there is.
    [digits, scale] = [maxInt64, 0];
  } else if (scale > maxPower + fraction.length) {
    [digits, scale] = [1n, 9];
  } else if (scale < 0) {
    digits *= tenTo(-scale);
    scale = 0;
  }
  const negative = sign === '-';
  if (scale > 9) {
    const divisor = tenTo(scale - 9);
    // Upstream rounds away from zero at nano precision.
    digits = (digits + divisor - 1n) / divisor;
    scale = 9;
  }
  // Upstream caps what does not fit; the cap is in whole units.
  if (digits > maxInt64 * tenTo(scale)) [digits, scale] = [maxInt64, 0];
  if (format === 'BinarySI' && digits < tenTo(scale)) format = 'DecimalSI';
  return { digits: negative ? -digits : digits, scale, format };
}

const isDigitsOnly = /^[1-9][0-9]{0,3}$/;
const plainBinary = /^[1-9][0-9]{0,2}[KMGTPE]i$/;
const plainMilli = /^[1-9][0-9]{0,2}[mMGTPE]$/;

/** The canonical text of a quantity's text; the same text where it already is canonical. Throws as parseQuantity. */
export function canonicalQuantity(text: string): string {
  // Four digits with a trailing 000 shorten (`1000` is `1k`); everything these match stays as it is.
  if (plainMilli.test(text) || plainBinary.test(text)) return text;
  if (isDigitsOnly.test(text) && !text.endsWith('000')) return text;
  return formatQuantity(parseQuantity(text));
}

/** Writes the canonical form: no fraction, the largest suffix that keeps the value exact. */
export function formatQuantity(quantity: Quantity): string {
  const { digits, scale } = quantity;
  if (digits === 0n) return '0';
  const negative = digits < 0n;
  const magnitude = negative ? -digits : digits;
  const text =
    quantity.format === 'BinarySI' ? formatBinary(magnitude, scale) : formatDecimal(magnitude, scale, quantity.format);
  return negative ? `-${text}` : text;
}

function formatBinary(magnitude: bigint, scale: number): string {
  const unit = tenTo(scale);
  // Below 1024 in size, or with a fraction, upstream falls back to decimal suffixes.
  if (magnitude < 1024n * unit || magnitude % unit !== 0n) return formatDecimal(magnitude, scale, 'DecimalSI');
  let whole = magnitude / unit;
  let step = 0;
  while (step < binarySuffixes.length - 1 && (whole & 1023n) === 0n) {
    whole >>= 10n;
    step++;
  }
  return `${whole}${binarySuffixes[step]}`;
}

function formatDecimal(magnitude: bigint, scale: number, format: QuantityFormat): string {
  let value = magnitude;
  let exponent = -scale;
  while (value % 10n === 0n) {
    value /= 10n;
    exponent++;
  }
  const max = format === 'DecimalExponent' ? Infinity : 18;
  let step = Math.floor(exponent / 3) * 3;
  if (step > max) step = max;
  value *= tenTo(exponent - step);
  if (format === 'DecimalExponent') return step === 0 ? String(value) : `${value}e${step}`;
  return `${value}${decimalSuffix.get(step)!}`;
}

type QuantityInput = string | number | Quantity;

/** The same few amounts are compared again and again. */
const parsedQuantities = new Map<string | number, Quantity>();
const maxParsed = 1024;

function toQuantity(input: QuantityInput): Quantity {
  if (typeof input === 'object') return input;
  let quantity = parsedQuantities.get(input);
  if (quantity === undefined) {
    quantity = parseQuantity(String(input));
    if (parsedQuantities.size >= maxParsed) parsedQuantities.clear();
    parsedQuantities.set(input, quantity);
  }
  return quantity;
}

/** -1, 0 or 1, by value and exact. */
export function compareQuantities(a: QuantityInput, b: QuantityInput): -1 | 0 | 1 {
  const [left, right] = aligned(toQuantity(a), toQuantity(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** a + b in a's format (in b's where a is zero), as upstream adds. */
export function addQuantities(a: QuantityInput, b: QuantityInput): Quantity {
  return combine(toQuantity(a), toQuantity(b), (x, y) => x + y);
}

/** a - b in a's format (in b's where a is zero); may be negative. */
export function subtractQuantities(a: QuantityInput, b: QuantityInput): Quantity {
  return combine(toQuantity(a), toQuantity(b), (x, y) => x - y);
}

function combine(a: Quantity, b: Quantity, how: (x: bigint, y: bigint) => bigint): Quantity {
  const [x, y, scale] = aligned(a, b);
  return { digits: how(x, y), scale, format: a.digits === 0n ? b.format : a.format };
}

function aligned(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * tenTo(scale - a.scale), b.digits * tenTo(scale - b.scale), scale];
}

/** In units of 10^-scale, rounded away from zero where it does not come out even (upstream's ScaledValue). */
export function scaledValue(input: QuantityInput, scale: number): bigint {
  const { digits, scale: own } = toQuantity(input);
  if (own <= scale) return digits * tenTo(scale - own);
  const divisor = tenTo(own - scale);
  const negative = digits < 0n;
  const magnitude = negative ? -digits : digits;
  const rounded = (magnitude + divisor - 1n) / divisor;
  return negative ? -rounded : rounded;
}

/** Whole units, rounded up: bytes of memory, count of pods. */
export function quantityValue(input: QuantityInput): number {
  return Number(scaledValue(input, 0));
}

/** Thousandths, rounded up: milli-CPUs. */
export function milliValue(input: QuantityInput): number {
  return Number(scaledValue(input, 3));
}

/** As a floating point number, with its loss of precision: for metrics and ratios. */
export function quantityToNumber(input: QuantityInput): number {
  const { digits, scale } = toQuantity(input);
  return Number(digits) / 10 ** scale;
}

/** True for text that parseQuantity takes. */
export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}
