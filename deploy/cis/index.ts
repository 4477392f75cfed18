import { apiServer } from './api-server.ts';
import type { CisGroup } from './cis-check.ts';
import { controlPlaneConfiguration } from './control-plane-configuration.ts';
import { controlPlaneFiles } from './control-plane-files.ts';
import { controllerManager } from './controller-manager.ts';
import { etcd } from './etcd.ts';
import { kubeProxy } from './kube-proxy.ts';
import { kubelet } from './kubelet.ts';
import { generalPolicies, podSecurity } from './pod-policies.ts';
import { rbacPolicies } from './rbac-policies.ts';
import { scheduler } from './scheduler.ts';
import { workerFiles } from './worker-files.ts';

/** The CIS Kubernetes Benchmark 1.11, in its order. */
export const cisGroups = [
  controlPlaneFiles,
  apiServer,
  controllerManager,
  scheduler,
  etcd,
  controlPlaneConfiguration,
  workerFiles,
  kubelet,
  kubeProxy,
  rbacPolicies,
  podSecurity,
  generalPolicies,
] as const satisfies readonly CisGroup[];
