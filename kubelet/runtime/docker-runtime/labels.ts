/** Labels of sandboxes and containers, as dockershim wrote them, so that tools for it find their way. */
export const labels = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
  sandboxId: 'io.kubernetes.sandbox.id',
  /** `podsandbox` or `container`. */
  type: 'io.kubernetes.docker.type',
  attempt: 'annotation.io.kubernetes.container.restartCount',
  /** Ours: which kubelet made it. Everything without our own value here belongs to somebody else. */
  kubelet: 'k8ts.io/kubelet',
} as const;

export const typeSandbox = 'podsandbox';
export const typeContainer = 'container';

/** The container name that dockershim gave to sandboxes. */
export const sandboxContainerName = 'POD';

/** `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`. */
export function dockerName(parts: {
  readonly container: string;
  readonly podName: string;
  readonly podNamespace: string;
  readonly podUid: string;
  readonly attempt: number;
}): string {
  return ['k8s', parts.container, parts.podName, parts.podNamespace, parts.podUid, parts.attempt].join('_');
}
