import { findContainer, type ReadonlyPod } from '../pods/pod.ts';
import type { ContainerStatusInfo } from '../runtime/container-runtime.ts';
import type { Kubelet } from '../kubelet.ts';
import { apiContainerStatus } from '../pods/pod.ts';

/** A request that cannot be answered, with the HTTP status and the line that says why. */
export class RequestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

export interface PodPath {
  readonly namespace: string;
  readonly pod: string;
  readonly uid?: string;
}

/** The pod a path names. Throws RequestError where this node has none such. */
export function podOf(kubelet: Kubelet, { namespace, pod, uid }: PodPath): ReadonlyPod {
  const found = kubelet.findPod(namespace, pod, uid);
  if (!found) throw new RequestError(404, `pod "${pod}" does not exist`);
  return found;
}

/** The running instance of a container. Throws RequestError where there is none. */
export async function runningContainer(
  kubelet: Kubelet,
  path: PodPath & { readonly container: string },
): Promise<ContainerStatusInfo> {
  const pod = podOf(kubelet, path);
  const { containers } = await kubelet.runtime.observe({ podUid: pod.metadata.uid! });
  const found = containers.find(({ name, state }) => name === path.container && state === 'running');
  if (!found) throw new RequestError(404, `container not found ("${path.container}")`);
  return found;
}

/** The instance whose log is asked for: the newest, or the one before it. Throws RequestError where there is none. */
export async function loggedContainer(
  kubelet: Kubelet,
  path: PodPath & { readonly container: string },
  options: { readonly previous: boolean },
): Promise<ContainerStatusInfo> {
  const pod = podOf(kubelet, path);
  const { name: podName } = pod.metadata;
  if (!findContainer(pod, path.container)) {
    throw new RequestError(404, `container "${path.container}" in pod "${podName}" is not available`);
  }
  const { containers } = await kubelet.runtime.observe({ podUid: pod.metadata.uid! });
  const instances = containers.filter(({ name, state }) => name === path.container && state !== 'created');
  // An instance that waits to be started again is over: its log is that of the newest.
  const found = instances[options.previous ? 1 : 0];
  if (found) return found;
  if (options.previous) {
    throw new RequestError(400, `previous terminated container "${path.container}" in pod "${podName}" not found`);
  }
  const waiting = apiContainerStatus(kubelet.podStatus(pod.metadata.uid!), path.container)?.state?.waiting;
  const why = waiting?.reason ?? 'ContainerCreating';
  // What users can mend is told in full, as upstream does.
  const detail = ['ErrImagePull', 'ImagePullBackOff'].includes(why) ? 'trying and failing to pull image' : why;
  throw new RequestError(400, `container "${path.container}" in pod "${podName}" is waiting to start: ${detail}`);
}
