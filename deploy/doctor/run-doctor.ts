import type { Client } from '../../client/client.ts';
import type { Clock } from '../../component/clock.ts';
import { clusterPaths } from '../cluster-config.ts';
import { readClusterConfig } from '../resolve-cluster.ts';
import { fail, type DoctorFacts, type DoctorFinding } from './doctor-check.ts';
import { doctorChecks } from './index.ts';

/** Looks at this host and the cluster in the data directory, which need not be there or run. Changes nothing. */
export async function runDoctor(
  dataDir: string,
  deps: { readonly clock: Clock; readonly connect: (kubeconfig: string) => Promise<Client> },
): Promise<DoctorFinding[]> {
  const paths = clusterPaths(dataDir);
  const facts: DoctorFacts = {
    paths,
    config: readClusterConfig(dataDir),
    clock: deps.clock,
    connect: () => deps.connect(paths.adminKubeconfig),
  };
  const findings = await Promise.all(
    doctorChecks.map(({ name, check }) =>
      check(facts).catch((error: unknown): DoctorFinding[] => [
        fail(
          name,
          `cannot be looked at: ${error instanceof Error ? error.message : String(error)}`,
          'run it as root; see k8ts status',
        ),
      ]),
    ),
  );
  return findings.flat();
}
