/** Schedules in the five fields of cron, or as `@daily` and the like; the dialect and its complaints are those of robfig/cron. */

import { parseDuration } from '../../meta/duration.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: Readonly<Record<string, number>>;
}

const bounds = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: numbered('jan feb mar apr may jun jul aug sep oct nov dec', 1) },
  dayOfWeek: { min: 0, max: 6, names: numbered('sun mon tue wed thu fri sat', 0) },
} as const satisfies Record<string, Bounds>;

function numbered(names: string, first: number): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name, index) => [name, first + index]));
}

/** The values at which each field fits. A day fits by either of its fields, unless one of them is a star. */
export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  /** For `@every 1h30m`, which knows no fields: milliseconds between two times. */
  readonly everyMs?: number;
}

/** What is wrong with a schedule, in the words of robfig/cron. */
export class CronScheduleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CronScheduleError';
  }
}

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Parses a schedule without a time zone. Throws CronScheduleError. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new CronScheduleError('empty spec string');
  if (text.startsWith('@')) return parseDescriptor(text);
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5)
    throw new CronScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields as [string, string, string, string, string];
  const minutes = parseField(minute, bounds.minute);
  const hours = parseField(hour, bounds.hour);
  const days = parseField(dayOfMonth, bounds.dayOfMonth);
  const months = parseField(month, bounds.month);
  const weekdays = parseField(dayOfWeek, bounds.dayOfWeek);
  return {
    minutes: minutes.values,
    hours: hours.values,
    daysOfMonth: days.values,
    months: months.values,
    daysOfWeek: weekdays.values,
    anyDayOfMonth: days.isStar,
    anyDayOfWeek: weekdays.isStar,
  };
}

function parseDescriptor(text: string): CronSchedule {
  const fields = descriptors[text];
  if (fields !== undefined) return parseCronSchedule(fields);
  const every = /^@every (.*)$/s.exec(text)?.[1];
  if (every === undefined) throw new CronScheduleError(`unrecognized descriptor: ${text}`);
  const everyMs = parseEvery(text, every);
  const none: ReadonlySet<number> = new Set();
  return {
    minutes: none,
    hours: none,
    daysOfMonth: none,
    months: none,
    daysOfWeek: none,
    anyDayOfMonth: false,
    anyDayOfWeek: false,
    // Whole seconds, at least one.
    everyMs: Math.max(1000, Math.floor(everyMs / 1000) * 1000),
  };
}

function parseEvery(descriptor: string, duration: string): number {
  try {
    return parseDuration(duration);
  } catch (cause) {
    throw new CronScheduleError(`failed to parse duration ${descriptor}: ${(cause as Error).message}`, { cause });
  }
}

function parseField(text: string, limits: Bounds): { values: ReadonlySet<number>; isStar: boolean } {
  const values = new Set<number>();
  let isStar = false;
  for (const part of text.split(',').filter((p) => p !== '')) {
    if (parseRange(part, limits, values)) isStar = true;
  }
  return { values, isStar };
}

/** Adds the values of `number | number "-" number [ "/" number ]`. True where the range is a star without a step. */
function parseRange(text: string, limits: Bounds, values: Set<number>): boolean {
  const rangeAndStep = text.split('/');
  const lowAndHigh = rangeAndStep[0]!.split('-');
  const isSingle = lowAndHigh.length === 1;
  let isStar = lowAndHigh[0] === '*' || lowAndHigh[0] === '?';
  let low = limits.min;
  let high = limits.max;
  if (!isStar) {
    low = parseNumber(lowAndHigh[0]!, limits);
    if (isSingle) high = low;
    else if (lowAndHigh.length === 2) high = parseNumber(lowAndHigh[1]!, limits);
    else throw new CronScheduleError(`too many hyphens: ${text}`);
  }
  let step = 1;
  if (rangeAndStep.length === 2) {
    step = parseInteger(rangeAndStep[1]!);
    // `N/step` means from N to the end.
    if (isSingle && !isStar) high = limits.max;
    if (step > 1) isStar = false;
  } else if (rangeAndStep.length > 2) throw new CronScheduleError(`too many slashes: ${text}`);
  if (low < limits.min)
    throw new CronScheduleError(`beginning of range (${low}) below minimum (${limits.min}): ${text}`);
  if (high > limits.max) throw new CronScheduleError(`end of range (${high}) above maximum (${limits.max}): ${text}`);
  if (low > high) throw new CronScheduleError(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  if (step === 0) throw new CronScheduleError(`step of range should be a positive number: ${text}`);
  for (let value = low; value <= high; value += step) values.add(value);
  return isStar;
}

function parseNumber(text: string, { names }: Bounds): number {
  const name = text.toLowerCase();
  return names && Object.hasOwn(names, name) ? names[name]! : parseInteger(text);
}

function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text))
    throw new CronScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  const value = Number(text);
  if (value < 0) throw new CronScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
