import type { Client } from '../../client/client.ts';
import { clusterPaths, type ClusterConfig, type ComponentName } from '../cluster-config.ts';
import { runningFlags, type RunningFlags } from '../running-flags.ts';
import { fail, type CisCheck, type CisFacts, type CisVerdict } from './cis-check.ts';
import { readClusterObjects } from './cluster-objects.ts';
import { cisGroups } from './index.ts';

export interface CisResult extends CisVerdict {
  readonly id: string;
  readonly title: string;
  /** Title of its group. */
  readonly group: string;
}

/**
 * Every recommendation of the CIS Kubernetes Benchmark, judged by the flags of the running processes, the files on this
 * host and the objects of the API server. `connect` is not called where that does not run.
 */
export async function runCis(config: ClusterConfig, connect: () => Promise<Client>): Promise<CisResult[]> {
  const paths = clusterPaths(config.dataDir);
  const known = new Map<ComponentName, RunningFlags | undefined>();
  const flags = (component: ComponentName): RunningFlags | undefined => {
    if (!known.has(component)) known.set(component, runningFlags(paths, component));
    return known.get(component);
  };
  const objects = flags('kube-apiserver') ? await readClusterObjects(await connect()) : undefined;
  return judgeAll({ config, paths, flags, objects });
}

/** The verdicts on the facts, in the order of the benchmark. */
export function judgeAll(facts: CisFacts): CisResult[] {
  return cisGroups.flatMap(({ title: group, checks }) =>
    checks.map((check) => ({ id: check.id, title: check.title, group, ...verdictOf(check, facts) })),
  );
}

/** What cannot be looked at has not passed. */
function verdictOf({ check }: CisCheck, facts: CisFacts): CisVerdict {
  try {
    return check(facts);
  } catch (error) {
    return fail(`cannot be looked at: ${(error as Error).message}`, 'run it as root, with the files in place');
  }
}
