import { dockerInfo } from '../setup/docker-daemon.ts';
import { fail, ok, type DoctorCheck } from './doctor-check.ts';

/** The Docker daemon, which runs every container of the node. */
export const docker: DoctorCheck = {
  name: 'Docker',
  check: async () => {
    const info = await dockerInfo();
    if (!info) return [fail('Docker', 'no daemon answers at /var/run/docker.sock', 'k8ts setup starts it')];
    return [
      ok(
        'Docker',
        `${info.ServerVersion}, storage ${info.Driver}, cgroup v${info.CgroupVersion} by ${info.CgroupDriver}`,
      ),
    ];
  },
};
