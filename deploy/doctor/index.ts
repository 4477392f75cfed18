import { certificates } from './certificates.ts';
import { clocks } from './clocks.ts';
import { components, ports } from './components.ts';
import { diskSpace } from './disk-space.ts';
import { docker } from './docker.ts';
import type { DoctorCheck } from './doctor-check.ts';
import { etcd } from './etcd.ts';
import { kernel } from './kernel.ts';
import { nodes } from './nodes.ts';
import { iptables, programs } from './programs.ts';

/** What `k8ts doctor` looks at, in this order: the host, then the cluster on it. */
export const doctorChecks = [
  programs,
  docker,
  iptables,
  kernel,
  diskSpace,
  ports,
  components,
  etcd,
  certificates,
  clocks,
  nodes,
] as const satisfies readonly DoctorCheck[];
