import type { Logger } from '../../../component/logger.ts';
import type { BackendOptions } from '../proxy-backend.ts';
import type { Run } from '../run-program.ts';

/**
 * Sets what service traffic needs of the kernel: forwarding, bridged packets through iptables (else a pod would answer
 * another on the same bridge behind the address it was asked at), node ports on localhost. What cannot be set is said once.
 */
export async function prepareKernel(run: Run, options: BackendOptions, log: Logger): Promise<void> {
  await setSysctl(run, 'net/ipv4/ip_forward', '1', log);
  await run('modprobe', ['br_netfilter']).catch(() => undefined); // built in, or not needed without bridges
  await setSysctl(run, 'net/bridge/bridge-nf-call-iptables', '1', log);
  if (options.localhostNodePorts && options.nodePortAddresses.length === 0)
    await setSysctl(run, 'net/ipv4/conf/all/route_localnet', '1', log);
}

async function setSysctl(run: Run, name: string, value: string, log: Logger): Promise<void> {
  try {
    if ((await run('cat', [`/proc/sys/${name}`])).trim() !== value) await run('tee', [`/proc/sys/${name}`], value);
  } catch (error) {
    log.warn('cannot set a kernel parameter that service traffic needs', {
      parameter: name.replaceAll('/', '.'),
      value,
      error,
    });
  }
}
