import { formatQuantity } from '../../api/meta/quantity.ts';
import type { Deps } from '../../component/deps.ts';
import { counter } from '../../component/metrics.ts';
import type { PodEvents } from '../pod-events.ts';
import { rankPods, type EvictionCandidate, type ScarceResource } from './rank-pods.ts';
import {
  evictionSignals,
  thresholdOf,
  thresholdsMet,
  type EvictionSignal,
  type Observations,
  type Thresholds,
} from './thresholds.ts';

export interface EvictionManager {
  /** Signals that are, or were until lately, below their thresholds: the node's pressure conditions. */
  pressure(): ReadonlySet<EvictionSignal>;
  /** Looks after the node's resources until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EvictionGiven {
  readonly thresholds: Thresholds;
  readonly observe: () => Promise<Observations>;
  /** Pods that run, with their use of a resource. */
  readonly candidates: (resource: ScarceResource) => Promise<readonly EvictionCandidate[]>;
  /** Frees disk without hurting anybody. True where something was freed. */
  readonly reclaimDisk: (signal: AbortSignal) => Promise<boolean>;
  /** Ends the pod with this verdict; resolves when it has stopped, or after a while. */
  readonly evict: (candidate: EvictionCandidate, verdict: { reason: string; message: string }) => Promise<void>;
  readonly events: PodEvents;
  /** The pressure has changed: the node's status is to be told. */
  readonly changed: () => void;
  /** How long pressure counts after it was last seen, in ms. */
  readonly transitionPeriodMs: number;
}

const checkMs = 10_000;

const resourceOf: Readonly<Record<EvictionSignal, ScarceResource>> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'ephemeral-storage',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'ephemeral-storage',
  'pid.available': 'pids',
};

/** Evicts pods, one at a time, while the node runs short of something that hurts everybody. */
export function createEvictionManager(
  given: EvictionGiven,
  deps: Pick<Deps, 'clock' | 'log' | 'metrics'>,
): EvictionManager {
  const { clock, log } = deps;
  const lastMetMs = new Map<EvictionSignal, number>();
  let told: ReadonlySet<EvictionSignal> = new Set();
  const evictions = counter(deps.metrics, {
    name: 'kubelet_evictions',
    help: 'Cumulative number of pod evictions by eviction signal',
    labelNames: ['eviction_signal'],
  });

  const pressure = (): Set<EvictionSignal> => {
    const now = clock.monotonicMs();
    return new Set(
      [...lastMetMs].filter(([, atMs]) => now - atMs < given.transitionPeriodMs).map(([signal]) => signal),
    );
  };

  async function check(signal: AbortSignal): Promise<void> {
    let observed = await given.observe();
    let met = thresholdsMet(given.thresholds, observed);
    for (const each of met) lastMetMs.set(each, clock.monotonicMs());
    const current = pressure();
    if (current.symmetricDifference(told).size > 0) given.changed();
    told = current;
    if ([...met].some((each) => resourceOf[each] === 'ephemeral-storage') && (await given.reclaimDisk(signal))) {
      observed = await given.observe();
      met = thresholdsMet(given.thresholds, observed);
    }
    const [first] = evictionSignals.filter((each) => met.has(each));
    if (first) await evictOne(first, observed);
  }

  async function evictOne(scarce: EvictionSignal, observed: Observations): Promise<void> {
    const resource = resourceOf[scarce];
    const [victim] = rankPods(await given.candidates(resource), resource);
    const { available, capacity } = observed[scarce]!;
    const threshold = thresholdOf(given.thresholds[scarce]!, capacity);
    log.warn('the node runs short', { signal: scarce, available, threshold, evicting: victim?.pod.metadata.name });
    if (!victim) return;
    const message = `The node was low on resource: ${resource}. Threshold quantity: ${inWords(threshold, resource)}, available: ${inWords(available, resource)}. `;
    given.events.record(victim.pod, { type: 'Warning', reason: 'Evicted', message });
    evictions.inc({ eviction_signal: scarce });
    await given.evict(victim, { reason: 'Evicted', message });
  }

  return {
    pressure,
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          await check(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.error('eviction failed', { error });
        }
        await clock.sleep(checkMs, signal).catch(() => {});
      }
    },
  };
}

function inWords(value: number, resource: ScarceResource): string {
  if (resource === 'pids') return String(Math.round(value));
  return formatQuantity({ digits: BigInt(Math.floor(value / 1024) * 1024), scale: 0, format: 'BinarySI' });
}
