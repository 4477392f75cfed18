import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PriorityLevelConfigurationSpec } from '../../api/schema/generated/flowcontrol-v1.ts';
import { exemptName } from './default-objects.ts';
import type { QueueSetConfig } from './fair-queue-set.ts';

type Spec = DeepReadonly<PriorityLevelConfigurationSpec>;

/** Seats of a priority level: what is its own, what stays after it lent all it may, what it has after borrowing all it may. */
export interface LevelLimits {
  readonly nominal: number;
  readonly lower: number;
  readonly upper: number;
  /** The most that one request gets; 0 is no limit of the level. */
  readonly maxSeats: number;
}

/** The part of a level's seats that one request gets at most. */
const maxSeatsFraction = 0.15;

/** Divides the server's seats among the priority levels by their shares, as upstream rounds (KEP-1040). */
export function limitsOf(specs: readonly Spec[], serverSeats: number): LevelLimits[] {
  const sharesOf = (spec: Spec): number => commonOf(spec).nominalConcurrencyShares ?? 0;
  const sum = specs.reduce((total, spec) => total + sharesOf(spec), 0);
  return specs.map((spec) => {
    const { lendablePercent = 0 } = commonOf(spec);
    const borrowingPercent = spec.limited?.borrowingLimitPercent;
    const handSize = spec.limited?.limitResponse?.queuing?.handSize;
    const nominal = sum > 0 ? Math.ceil((serverSeats * sharesOf(spec)) / sum) : 0;
    const borrowable = borrowingPercent === undefined ? serverSeats : Math.round((nominal * borrowingPercent) / 100);
    return {
      nominal,
      lower: nominal - Math.round((nominal * lendablePercent) / 100),
      upper: nominal + borrowable,
      maxSeats: handSize
        ? Math.max(1, Math.min(Math.ceil(nominal * maxSeatsFraction), Math.floor(nominal / handSize)))
        : 0,
    };
  });
}

function commonOf({ limited, exempt }: Spec): {
  readonly nominalConcurrencyShares?: number;
  readonly lendablePercent?: number;
} {
  return limited ?? exempt ?? {};
}

/** How the queues of a level are to be; undefined where its specification contradicts itself and is not used. */
export function queueSetConfigOf(name: string, spec: Spec | undefined): QueueSetConfig | undefined {
  if (!spec || (spec.type === 'Exempt') !== (name === exemptName)) return undefined;
  if (spec.type === 'Exempt') return spec.limited ? undefined : { isExempt: true };
  const response = spec.limited?.limitResponse;
  if (!response || (response.type === 'Reject') !== (response.queuing === undefined)) return undefined;
  if (!response.queuing) return { isExempt: false };
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = response.queuing;
  if (handSize > queues) return undefined;
  return { isExempt: false, queuing: { queues, handSize, queueLengthLimit } };
}
