import { clusterPaths } from './cluster-config.ts';
import { componentCommands } from './component-commands.ts';
import { supervisorRuns } from './control-supervisor.ts';
import { isAlive } from './process-identity.ts';
import { probe } from './probe.ts';
import { readClusterConfig } from './resolve-cluster.ts';
import { SetupError } from './setup/step.ts';
import { readSupervisorState } from './supervisor.ts';

export interface ComponentStatus {
  readonly name: string;
  readonly state: 'ready' | 'not ready' | 'down';
  readonly pid?: number;
  readonly startedAtMs?: number;
  readonly restarts: number;
  /** `exit code 1`, `SIGKILL`… of the last time it ended by itself. */
  readonly lastExit?: string;
  readonly why?: string;
}

export interface ClusterStatus {
  readonly supervised: boolean;
  readonly components: readonly ComponentStatus[];
}

/** What runs of the cluster in a data directory, as processes and health paths say now. */
export async function clusterStatus(dataDir: string): Promise<ClusterStatus> {
  const paths = clusterPaths(dataDir);
  const config = readClusterConfig(dataDir);
  if (!config) throw new SetupError(`there is no cluster in ${paths.dataDir}: k8ts up makes one`);
  const state = readSupervisorState(paths);
  const components = await Promise.all(
    componentCommands(config).map(async ({ name, healthUrl, tls }): Promise<ComponentStatus> => {
      const known = state.components[name];
      const common = {
        name,
        restarts: known?.restarts ?? 0,
        lastExit:
          known?.lastExit &&
          (known.lastExit.signal ?? (known.lastExit.code === null ? 'ended' : `exit code ${known.lastExit.code}`)),
      };
      if (!known?.identity || !isAlive(known.identity)) return { ...common, state: 'down' };
      const { ok, why } = await probe(healthUrl, tls);
      return {
        ...common,
        state: ok ? 'ready' : 'not ready',
        pid: known.identity.pid,
        startedAtMs: known.startedAtMs,
        ...(ok ? {} : { why }),
      };
    }),
  );
  return { supervised: supervisorRuns(paths), components };
}
