import { areGiven, fail, flagCheck, isValue, pass, setFlag, type CisCheck, type CisGroup } from './cis-check.ts';

const name = 'kube-controller-manager';

/** 1.3: flags of the controller manager. */
export const controllerManager: CisGroup = {
  id: '1.3',
  title: 'Control plane: kube-controller-manager',
  checks: [
    flagCheck('1.3.1', 'Terminated pods are removed beyond a number', name, (flags) => {
      const threshold = Number(flags.get('terminated-pod-gc-threshold') ?? 12_500);
      return threshold > 0
        ? pass(`--terminated-pod-gc-threshold is ${threshold}`)
        : fail('--terminated-pod-gc-threshold keeps all', setFlag(name, 'terminated-pod-gc-threshold=12500'));
    }),
    isValue('1.3.2', name, 'profiling', 'false'),
    isValue('1.3.3', name, 'use-service-account-credentials', 'true'),
    areGiven('1.3.4', name, 'service-account-private-key-file'),
    areGiven('1.3.5', name, 'root-ca-file'),
    rotationIsOn('1.3.6', name),
    isValue('1.3.7', name, 'bind-address', '127.0.0.1'),
  ],
};

/** Passes unless the feature is turned off. */
export function rotationIsOn(id: string, component: 'kube-controller-manager' | 'kubelet'): CisCheck {
  return flagCheck(id, 'Certificates that kubelets serve with may be rotated', component, (flags) =>
    (flags.get('feature-gates') ?? '').includes('RotateKubeletServerCertificate=false')
      ? fail('--feature-gates turns RotateKubeletServerCertificate off', 'leave it out of --feature-gates')
      : pass('RotateKubeletServerCertificate is not turned off'),
  );
}
