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

/** All is well with what `name` stands for; `why` says what was seen. */
export const ok = (name: string, why: string): DoctorFinding => ({ name, state: 'ok', why });
/** No failure yet: `why` says what is amiss, and `remedy` what the operator is to do. */
export const warn = (name: string, why: string, remedy: string): DoctorFinding => ({
  name,
  state: 'warn',
  why,
  remedy,
});
/** Something does not work, or soon will not: `k8ts doctor` exits with 1. `remedy` is what the operator is to do. */
export const fail = (name: string, why: string, remedy: string): DoctorFinding => ({
  name,
  state: 'fail',
  why,
  remedy,
});
