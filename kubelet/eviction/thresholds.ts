import { quantityValue } from '../../api/meta/quantity.ts';

export const evictionSignals = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
] as const;
export type EvictionSignal = (typeof evictionSignals)[number];

export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

export type Observations = Readonly<Partial<Record<EvictionSignal, Observation>>>;

/** `10%` of the capacity, or a quantity. */
export type Thresholds = Readonly<Partial<Record<EvictionSignal, string>>>;

/** Upstream's for Linux. */
export const defaultHardThresholds: Thresholds = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
  'imagefs.inodesFree': '5%',
};

/** Reads what a flag says (`memory.available<100Mi`, already split); throws for what is no threshold. */
export function parseThresholds(entries: readonly string[]): Thresholds {
  const thresholds: Partial<Record<EvictionSignal, string>> = {};
  for (const entry of entries.map((each) => each.trim()).filter(Boolean)) {
    const match = /^([\w.]+)<(.+)$/.exec(entry);
    const signal = match?.[1] as EvictionSignal | undefined;
    if (!signal || !evictionSignals.includes(signal))
      throw new Error(`unknown eviction threshold ${JSON.stringify(entry)}`);
    thresholdOf(match![2]!, 100);
    thresholds[signal] = match![2]!;
  }
  return thresholds;
}

/** The signals that are below their thresholds. */
export function thresholdsMet(thresholds: Thresholds, observed: Observations): Set<EvictionSignal> {
  const met = new Set<EvictionSignal>();
  for (const signal of evictionSignals) {
    const threshold = thresholds[signal];
    const seen = observed[signal];
    if (threshold !== undefined && seen && seen.available < thresholdOf(threshold, seen.capacity)) met.add(signal);
  }
  return met;
}

/** In the unit of the capacity, whole. Upstream keeps percentages in single precision, which shows in what nodes can allocate. */
export function thresholdOf(text: string, capacity: number): number {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  return percent ? Math.trunc(Math.fround(Math.fround(Number(percent[1])) / 100) * capacity) : quantityValue(text);
}
