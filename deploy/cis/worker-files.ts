import type { CisGroup } from './cis-check.ts';
import { modeCheck, noSuchFile, ownerCheck } from './file-checks.ts';

const noUnit = 'k8ts up starts the kubelet itself: there is no unit of systemd for it';
const file =
  (component: 'kubelet' | 'kube-proxy', flag: string) =>
  ({ flags }: Parameters<CisGroup['checks'][number]['check']>[0]) =>
    [flags(component)?.get(flag)].filter((path) => path !== undefined);

/** 4.1: files of a worker. */
export const workerFiles: CisGroup = {
  id: '4.1',
  title: 'Worker: files',
  checks: [
    noSuchFile('4.1.1', 'Service file of the kubelet: permissions', noUnit),
    noSuchFile('4.1.2', 'Service file of the kubelet: owner', noUnit),
    modeCheck('4.1.3', 'Kubeconfig of kube-proxy', 0o600, file('kube-proxy', 'kubeconfig')),
    ownerCheck('4.1.4', 'Kubeconfig of kube-proxy', file('kube-proxy', 'kubeconfig')),
    modeCheck('4.1.5', 'Kubeconfig of the kubelet', 0o600, file('kubelet', 'kubeconfig')),
    ownerCheck('4.1.6', 'Kubeconfig of the kubelet', file('kubelet', 'kubeconfig')),
    modeCheck('4.1.7', "Authority of the kubelet's clients", 0o644, file('kubelet', 'client-ca-file')),
    ownerCheck('4.1.8', "Authority of the kubelet's clients", file('kubelet', 'client-ca-file')),
    modeCheck('4.1.9', 'Configuration file of the kubelet', 0o600, file('kubelet', 'config')),
    ownerCheck('4.1.10', 'Configuration file of the kubelet', file('kubelet', 'config')),
  ],
};
