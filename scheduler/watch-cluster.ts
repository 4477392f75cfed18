import { withoutManagedFields, type DeepReadonly } from '../api/meta/object.ts';
import { nodes } from '../api/resources/core/node.ts';
import { pods } from '../api/resources/core/pod.ts';
import type { Node } from '../api/schema/generated/core-v1.ts';
import type { Informers } from '../client/informer-factory.ts';
import type { ReadonlyPod } from './framework/readonly-pod.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';
import type { ClusterState } from './snapshot/cluster-state.ts';

/** What a pod that goes away may free: room, ports, and places that pods keep each other from. */
const freedByPods = new Set(['NodeResourcesFit', 'NodePorts', 'PodTopologySpread', 'InterPodAffinity']);

/** Keeps state and queue up to date from the informers. Call before they run; pods of other schedulers only take room. */
export function watchCluster(
  informers: Informers,
  options: { readonly state: ClusterState; readonly queue: SchedulingQueue; readonly schedulerName: string },
): void {
  const { state, queue, schedulerName } = options;
  const place = (pod: ReadonlyPod): void => {
    const uid = pod.metadata.uid!;
    if (isFinished(pod)) {
      state.removePod(uid);
      queue.delete(uid);
      queue.moveAll(freedByPods);
    } else if (pod.spec?.nodeName) {
      state.setPod(pod);
      queue.delete(uid);
    } else if (pod.metadata.deletionTimestamp !== undefined) queue.delete(uid);
    else if ((pod.spec?.schedulerName || 'default-scheduler') === schedulerName) {
      // What is assumed and no longer queued is bound: this state of it is an older one.
      if (!state.isAssumed(uid) || queue.has(uid)) queue.set(pod);
    }
  };
  informers.for(pods, { transform: withoutManagedFields }).addHandlers({
    added: (pod) => {
      place(pod);
      if (pod.spec?.nodeName) queue.moveAll(new Set(['InterPodAffinity', 'PodTopologySpread']));
    },
    updated: (pod, old) => {
      place(pod);
      if (pod.spec?.nodeName && !old.spec?.nodeName) queue.moveAll(new Set(['InterPodAffinity', 'PodTopologySpread']));
    },
    deleted: (pod) => {
      state.removePod(pod.metadata.uid!);
      queue.delete(pod.metadata.uid!);
      if (pod.spec?.nodeName) queue.moveAll(freedByPods);
    },
  });
  informers.for(nodes, { transform: withoutManagedFields }).addHandlers({
    added: (node) => {
      state.setNode(node);
      queue.moveAll();
    },
    updated: (node, old) => {
      state.setNode(node);
      if (mattersToPods(node, old)) queue.moveAll();
    },
    deleted: (node) => state.removeNode(node.metadata.name!),
  });
}

/** A heartbeat changes nothing for pods; room, labels, taints and cordoning do. */
function mattersToPods(node: DeepReadonly<Node>, old: DeepReadonly<Node>): boolean {
  const view = ({ metadata, spec, status }: DeepReadonly<Node>): string =>
    JSON.stringify([metadata.labels, spec, status?.allocatable]);
  return view(node) !== view(old);
}

function isFinished(pod: ReadonlyPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
