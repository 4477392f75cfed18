import { podManifest } from '../../bench/manifests.ts';

interface Manifest {
  spec: Record<string, unknown> & { containers: Record<string, unknown>[] };
}

/** Pods as people write them. A server with admission adds a quarter to their size: the token of a service account, tolerations. */
export const plainPod = podManifest;

const token = 'kube-api-access';

/** The same with all that admission would add, so that every server stores the same bytes. */
export function completePod(index: number): string {
  const pod = JSON.parse(podManifest(index)) as Manifest;
  const [container] = pod.spec.containers;
  const notReady = (key: string): object => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  const file = (path: string, fieldPath: string): object => ({ path, fieldRef: { apiVersion: 'v1', fieldPath } });
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [file('namespace', 'metadata.namespace')] } },
  ];
  const mount = { name: token, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  pod.spec = {
    ...pod.spec,
    containers: [{ ...container, imagePullPolicy: 'Always', volumeMounts: [mount] }],
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    serviceAccountName: 'default',
    serviceAccount: 'default',
    tolerations: [notReady('node.kubernetes.io/not-ready'), notReady('node.kubernetes.io/unreachable')],
    volumes: [{ name: token, projected: { sources, defaultMode: 420 } }],
  };
  return JSON.stringify(pod);
}
