import type { CisGroup } from './cis-check.ts';
import { below, modeCheck, noSuchFile, ownerCheck } from './file-checks.ts';

const noPodFile = 'k8ts runs it as a process of the host: there is no pod specification';
const noCni = 'pods are on the bridge of the container runtime: there is no CNI configuration';

/** 1.1: files of the control plane. */
export const controlPlaneFiles: CisGroup = {
  id: '1.1',
  title: 'Control plane: files',
  checks: [
    noSuchFile('1.1.1', 'Pod specification of kube-apiserver: permissions', noPodFile),
    noSuchFile('1.1.2', 'Pod specification of kube-apiserver: owner', noPodFile),
    noSuchFile('1.1.3', 'Pod specification of kube-controller-manager: permissions', noPodFile),
    noSuchFile('1.1.4', 'Pod specification of kube-controller-manager: owner', noPodFile),
    noSuchFile('1.1.5', 'Pod specification of kube-scheduler: permissions', noPodFile),
    noSuchFile('1.1.6', 'Pod specification of kube-scheduler: owner', noPodFile),
    noSuchFile('1.1.7', 'Pod specification of etcd: permissions', noPodFile),
    noSuchFile('1.1.8', 'Pod specification of etcd: owner', noPodFile),
    noSuchFile('1.1.9', 'CNI files: permissions', noCni),
    noSuchFile('1.1.10', 'CNI files: owner', noCni),
    modeCheck('1.1.11', 'Data directory of etcd', 0o700, ({ paths }) => [paths.etcd]),
    // etcd runs as root here, so root stands in for the user etcd.
    ownerCheck('1.1.12', 'Data directory of etcd', ({ paths }) => [paths.etcd]),
    modeCheck('1.1.13', "The administrator's kubeconfig", 0o600, ({ paths }) => [paths.adminKubeconfig]),
    ownerCheck('1.1.14', "The administrator's kubeconfig", ({ paths }) => [paths.adminKubeconfig]),
    modeCheck('1.1.15', 'Kubeconfig of kube-scheduler', 0o600, ({ paths }) => [paths.kubeconfig('kube-scheduler')]),
    ownerCheck('1.1.16', 'Kubeconfig of kube-scheduler', ({ paths }) => [paths.kubeconfig('kube-scheduler')]),
    modeCheck('1.1.17', 'Kubeconfig of kube-controller-manager', 0o600, ({ paths }) => [
      paths.kubeconfig('kube-controller-manager'),
    ]),
    ownerCheck('1.1.18', 'Kubeconfig of kube-controller-manager', ({ paths }) => [
      paths.kubeconfig('kube-controller-manager'),
    ]),
    ownerCheck('1.1.19', 'The PKI', ({ paths }) => [paths.pki, ...below(paths.pki)]),
    modeCheck('1.1.20', 'Certificates of the PKI', 0o644, ({ paths }) =>
      below(paths.pki, (name) => name.endsWith('.crt')),
    ),
    modeCheck('1.1.21', 'Keys of the PKI', 0o600, ({ paths }) => below(paths.pki, (name) => name.endsWith('.key'))),
  ],
};
