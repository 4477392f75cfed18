import type { AppsV1Api, V1Deployment, V1Pod, V1Service } from '@kubernetes/client-node';
import { eventually } from '../../support/eventually.ts';
import { webImage } from './images.ts';

/** The web server of the tests as a deployment; its pods carry the label `app`. */
export function webDeployment(name: string, replicas = 1): V1Deployment {
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'web',
              image: webImage,
              ports: [{ containerPort: 8080 }],
              // Goes on answering until kube-proxy has heard that the pod is going: on a busy host that takes seconds.
              lifecycle: { preStop: { sleep: { seconds: 4 } } },
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}

/** A Service on port 80 of the pods that are labelled `app: NAME`. */
export function webService(name: string): V1Service {
  return { metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] } };
}

/** A pod with one container, gone at once when it is deleted. */
export function podOf(name: string, image: string, options: { nodeName?: string; command?: string[] } = {}): V1Pod {
  return {
    metadata: { name },
    spec: {
      ...(options.nodeName === undefined ? {} : { nodeName: options.nodeName }),
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, ...(options.command ? { command: options.command } : {}) }],
    },
  };
}

/** True when the pod counts as ready and nobody is deleting it. */
export function isReady(pod: V1Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && !pod.metadata?.deletionTimestamp;
}

/** Waits, as `kubectl rollout status` does, until all replicas are of the newest template and available. */
export function rolledOut(apps: AppsV1Api, namespace: string, name: string): Promise<V1Deployment> {
  return eventually(`deployment ${name} is rolled out`, async () => {
    const deployment = await apps.readNamespacedDeployment({ namespace, name });
    const { metadata, spec, status } = deployment;
    const isCurrent = (status?.observedGeneration ?? 0) >= metadata!.generation!;
    const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
    return isCurrent && counts.every((count) => (count ?? 0) === spec!.replicas) && deployment;
  });
}
