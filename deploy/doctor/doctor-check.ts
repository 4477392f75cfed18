import type { Client } from '../../client/client.ts';
import type { Clock } from '../../component/clock.ts';
import type { ClusterConfig, ClusterPaths } from '../cluster-config.ts';

export type DoctorState = 'ok' | 'warn' | 'fail';

export interface DoctorFinding {
  readonly name: string;
  readonly state: DoctorState;
  readonly why: string;
  /** What to do; not where all is well. */
  readonly remedy?: string;
}

/** What checks look at. */
export interface DoctorFacts {
  readonly paths: ClusterPaths;
  /** Undefined where no cluster has been brought up in the data directory. */
  readonly config: ClusterConfig | undefined;
  /** As the administrator. */
  readonly connect: () => Promise<Client>;
  readonly clock: Clock;
}

/** A line of the registry. A check rejects where it cannot look; that counts as a failure with the error's message. */
export interface DoctorCheck {
  readonly name: string;
  readonly check: (facts: DoctorFacts) => Promise<readonly DoctorFinding[]>;
}

export const ok = (name: string, why: string): DoctorFinding => ({ name, state: 'ok', why });
export const warn = (name: string, why: string, remedy: string): DoctorFinding => ({
  name,
  state: 'warn',
  why,
  remedy,
});
export const fail = (name: string, why: string, remedy: string): DoctorFinding => ({
  name,
  state: 'fail',
  why,
  remedy,
});
