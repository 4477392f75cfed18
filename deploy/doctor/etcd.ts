import { componentCommands } from '../component-commands.ts';
import { fetchOnce } from '../probe.ts';
import { fail, ok, warn, type DoctorCheck, type DoctorFinding } from './doctor-check.ts';

const mib = 1024 ** 2;

/** Whether etcd answers, is new enough, has a leader, and has room. */
export const etcd: DoctorCheck = {
  name: 'etcd',
  check: async ({ config }) => {
    if (!config?.components.includes('etcd')) return [];
    const { healthUrl, tls } = componentCommands({ ...config, components: ['etcd'] })[0]!;
    const { origin } = new URL(healthUrl);
    const [version, metrics] = await Promise.all(['/version', '/metrics'].map((path) => fetchOnce(origin + path, tls)));
    if (!version?.answered || !metrics?.answered) {
      const why = [version, metrics].flatMap((answer) => (answer?.answered === false ? [answer.why] : []))[0];
      return [fail('etcd data', `${origin}: ${why}`, 'k8ts logs etcd')];
    }
    const { etcdserver } = JSON.parse(version.body) as { etcdserver: string };
    return [judgeEtcd(etcdserver, metrics.body)];
  },
};

/** From etcd's version and the text of its metrics. */
export function judgeEtcd(version: string, metrics: string): DoctorFinding {
  const name = 'etcd data';
  const value = (metric: string): number => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(metrics)?.[1] ?? NaN);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 3 || (major === 3 && minor < 4)) return fail(name, `version ${version}`, 'install etcd 3.4 or newer');
  if (value('etcd_server_has_leader') === 0)
    return fail(name, 'it has no leader: nothing can be written', 'see whether most of its members run');
  const [size, quota] = [value('etcd_mvcc_db_total_size_in_bytes'), value('etcd_server_quota_backend_bytes')];
  const why = `version ${version}, ${(size / mib).toFixed(0)} MiB of ${(quota / mib).toFixed(0)} MiB used`;
  if (size > 0.95 * quota)
    return fail(
      name,
      `${why}: soon nothing can be written`,
      'etcdctl defrag, delete what is not needed, or k8ts up --etcd-arg=quota-backend-bytes=BYTES',
    );
  if (size > 0.8 * quota) return warn(name, why, 'etcdctl defrag');
  return ok(name, why);
}
