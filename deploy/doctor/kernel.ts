import { existsSync, readFileSync } from 'node:fs';
import { fail, ok, warn, type DoctorCheck, type DoctorFinding } from './doctor-check.ts';

/** What the kubelet needs to hold pods in their limits. */
const controllers = ['cpu', 'memory', 'pids'] as const;

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Settings of the kernel: swap, cgroups, forwarding of packets. */
export const kernel: DoctorCheck = {
  name: 'kernel',
  check: async () => [swap(readIfThere('/proc/swaps') ?? ''), cgroups(), forwarding()],
};

/** From the text of /proc/swaps, proc(5). */
export function swap(text: string): DoctorFinding {
  const devices = text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/)[0]);
  if (devices.length === 0) return ok('swap', 'off');
  return warn(
    'swap',
    `on: ${devices.join(', ')}: memory limits of pods are held less strictly`,
    'swapoff -a, and take it out of /etc/fstab',
  );
}

function cgroups(): DoctorFinding {
  const v2 = readIfThere('/sys/fs/cgroup/cgroup.controllers');
  const v1 = (readIfThere('/proc/cgroups') ?? '')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.trim().endsWith('1'))
    .map((line) => line.split('\t')[0]);
  const there = v2 === undefined ? v1 : v2.trim().split(' ');
  const missing = controllers.filter((name) => !there.includes(name));
  const version = v2 === undefined ? 'v1' : 'v2';
  if (missing.length > 0)
    return fail(
      'cgroups',
      `${version}, without ${missing.join(', ')}`,
      'turn them on at boot (cgroup_enable=…, systemd.unified_cgroup_hierarchy=1)',
    );
  return ok('cgroups', `${version}: ${controllers.join(', ')}`);
}

function forwarding(): DoctorFinding {
  const value = readIfThere('/proc/sys/net/ipv4/ip_forward')?.trim();
  if (value === '1') return ok('forwarding', 'net.ipv4.ip_forward is 1');
  return fail(
    'forwarding',
    `net.ipv4.ip_forward is ${value ?? 'not there'}: pods reach nobody`,
    'sysctl -w net.ipv4.ip_forward=1',
  );
}
