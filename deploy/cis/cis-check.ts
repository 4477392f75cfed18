import type { ClusterConfig, ClusterPaths, ComponentName } from '../cluster-config.ts';
import type { RunningFlags } from '../running-flags.ts';
import type { ClusterObjects } from './cluster-objects.ts';

/** INFO: does not apply here, or nobody but a person can tell. WARN: worth a look, with the reason why it is as it is. */
export const cisStates = ['PASS', 'FAIL', 'WARN', 'INFO'] as const;
export type CisState = (typeof cisStates)[number];

export interface CisVerdict {
  readonly state: CisState;
  readonly reason: string;
  /** What to do; not of what passes. */
  readonly remedy?: string;
}

/** What checks look at: a cluster of this host as it runs now. */
export interface CisFacts {
  readonly config: ClusterConfig;
  readonly paths: ClusterPaths;
  /** Undefined where the component does not run. */
  flags(component: ComponentName): RunningFlags | undefined;
  /** Undefined where the API server cannot be asked. */
  readonly objects: ClusterObjects | undefined;
}

/** One recommendation of the CIS Kubernetes Benchmark, by its number; titles are our own words. */
export interface CisCheck {
  readonly id: string;
  readonly title: string;
  readonly check: (facts: CisFacts) => CisVerdict;
}

export interface CisGroup {
  readonly id: string;
  readonly title: string;
  readonly checks: readonly CisCheck[];
}

/** The recommendation is followed; `reason` says what was seen. */
export const pass = (reason: string): CisVerdict => ({ state: 'PASS', reason });
/** The recommendation is not followed: `k8ts doctor --cis` exits with 1. `remedy` is what the operator is to do. */
export const fail = (reason: string, remedy: string): CisVerdict => ({ state: 'FAIL', reason, remedy });
/** Not as recommended, but no failure: `reason` says what is so, or why, and `remedy` how to follow it all the same. */
export const warn = (reason: string, remedy: string): CisVerdict => ({ state: 'WARN', reason, remedy });
/** No verdict, and nothing to do: `reason` says why it does not apply, or who can tell. */
export const info = (reason: string): CisVerdict => ({ state: 'INFO', reason });

/** How a flag of a component that `k8ts up` starts is set. */
export function setFlag(component: ComponentName, flag: string): string {
  return `k8ts down, then k8ts up --${component}-arg=${flag}`;
}

/** A check of a component's flags; INFO where it does not run. */
export function flagCheck(
  id: string,
  title: string,
  component: ComponentName,
  judge: (flags: RunningFlags, facts: CisFacts) => CisVerdict,
): CisCheck {
  return {
    id,
    title,
    check: (facts) => {
      const flags = facts.flags(component);
      return flags ? judge(flags, facts) : info(`${component} does not run`);
    },
  };
}

/** Passes where all of the flags are given. */
export function areGiven(id: string, component: ComponentName, ...names: readonly string[]): CisCheck {
  const list = names.map((name) => `--${name}`).join(' and ');
  return flagCheck(id, `${component} has ${list}`, component, (flags) => {
    const missing = names.filter((name) => !flags.get(name));
    if (missing.length > 0)
      return fail(`--${missing.join(' and --')} is not given`, setFlag(component, `${missing[0]}=FILE`));
    return pass(names.map((name) => `--${name}=${flags.get(name)}`).join(' '));
  });
}

/** Passes where the flag is given with the value, or with `ifAbsent` where it is not given. */
export function isValue(
  id: string,
  component: ComponentName,
  name: string,
  wanted: string,
  options: { readonly ifAbsent?: 'PASS' } = {},
): CisCheck {
  return flagCheck(id, `${component} has --${name}=${wanted}`, component, (flags) => {
    const value = flags.get(name);
    if (value === undefined && options.ifAbsent) return pass(`the default of --${name} is ${wanted}`);
    if (value === wanted) return pass(`--${name}=${value}`);
    return fail(`--${name} is ${value ?? 'not given'}`, setFlag(component, `${name}=${wanted}`));
  });
}
