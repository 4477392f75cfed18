import { freePorts } from '../free-ports.ts';
import { resolveCluster } from '../resolve-cluster.ts';
import { SetupError } from '../setup/step.ts';
import { clusterStatus } from '../status.ts';
import { supervisorRuns } from '../control-supervisor.ts';
import { fail, ok, warn, type DoctorCheck } from './doctor-check.ts';

const manyRestarts = 5;

/** The health of every component, and their supervisor. */
export const components: DoctorCheck = {
  name: 'components',
  check: async ({ config, paths }) => {
    if (!config) return [];
    const status = await clusterStatus(config.dataDir);
    return [
      supervisorRuns(paths)
        ? ok('supervisor', 'runs')
        : fail('supervisor', 'it does not run: nothing is started again when it dies', 'k8ts up'),
      ...status.components.map((component) => {
        const { name, state, pid, restarts, why, lastExit } = component;
        if (state === 'down')
          return fail(
            name,
            `it does not run${lastExit ? `, last ended by ${lastExit}` : ''}`,
            `k8ts up; why it ended: k8ts logs ${name}`,
          );
        if (state === 'not ready') return fail(name, why ?? 'it is not ready', `k8ts logs ${name}`);
        if (restarts >= manyRestarts)
          return warn(name, `ready, but started again ${restarts} times`, `k8ts logs ${name}`);
        return ok(name, `ready, pid ${pid}`);
      }),
    ];
  },
};

/** Whether the ports that components need can be had, or are theirs already. */
export const ports: DoctorCheck = {
  name: 'ports',
  check: async ({ paths }) => {
    const config = resolveCluster({ dataDir: paths.dataDir });
    try {
      await freePorts(config, paths);
      return [ok('ports', `${Object.values(config.ports).join(', ')} are free or the cluster's`)];
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      const [why = '', remedy = ''] = error.message.split(': ');
      return [fail('ports', why, remedy)];
    }
  },
};
