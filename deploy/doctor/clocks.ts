import { leases } from '../../api/resources/coordination/lease.ts';
import { componentCommands } from '../component-commands.ts';
import { runningComponents } from '../control-supervisor.ts';
import { fetchOnce } from '../probe.ts';
import { fail, ok, warn, type DoctorCheck, type DoctorFinding } from './doctor-check.ts';

/** Certificates and tokens stand five minutes; leases of nodes forty seconds. */
const warnAfterMs = 5_000;
const failAfterMs = 60_000;

/** Whether this host, the API server and the nodes agree on the time. */
export const clocks: DoctorCheck = {
  name: 'clocks',
  check: async ({ config, paths, clock, connect }) => {
    if (!config || !runningComponents(paths).includes('kube-apiserver')) return [];
    const { healthUrl, tls } = componentCommands({ ...config, components: ['kube-apiserver'] })[0]!;
    const answer = await fetchOnce(healthUrl, tls);
    if (!answer.answered || !answer.date) return []; // how the component is, another check says
    // The header has whole seconds.
    const findings = [judgeClock('kube-apiserver', Date.parse(answer.date) + 500 - clock.now())];
    const { items } = await (await connect()).list(leases, { namespace: 'kube-node-lease' });
    for (const { metadata, spec } of items) {
      // A lease renewed in the future was so by a clock that is ahead; one of the past may just be old.
      const aheadMs = Date.parse(spec?.renewTime ?? '') - clock.now();
      if (aheadMs > 0) findings.push(judgeClock(`node ${metadata.name}`, aheadMs));
    }
    return findings;
  },
};

/** `aheadMs` is how far the other's clock is ahead of this host's. */
export function judgeClock(who: string, aheadMs: number): DoctorFinding {
  const seconds = Math.abs(aheadMs) / 1000;
  const why = `that of ${who} is ${seconds.toFixed(0)} s ${aheadMs < 0 ? 'behind' : 'ahead'}`;
  const remedy = 'have all hosts follow one time (chrony, systemd-timesyncd)';
  if (Math.abs(aheadMs) > failAfterMs) return fail('clocks', why, remedy);
  if (Math.abs(aheadMs) > warnAfterMs) return warn('clocks', why, remedy);
  return ok('clocks', `that of ${who} agrees with this host's`);
}
