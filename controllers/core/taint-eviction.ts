import { hasReason } from '../../api/meta/errors.ts';
import { objectKey } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { formatTime } from '../../api/meta/time.ts';
import { again, defineController, done, watch, type ControllerDeps } from '../framework/define-controller.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';
import { toleratedMs } from './plan-taint-eviction.ts';
import { podsByNode } from './pods-by-node.ts';

/** Deletes pods that do not, or no longer, tolerate a NoExecute taint of their node. */
export const taintEvictionController = defineController({
  name: 'taint-eviction-controller',
  serviceAccount: 'node-controller',
  queueName: 'noexec_taint_pod',
  reconciles: pods,
  workers: 8,
  watches: [
    watch(nodes, (node, { lister }) =>
      lister(pods, { indices: podsByNode })
        .byIndex('node', node.metadata.name!)
        .map((pod) => objectKey(pod)),
    ),
  ],
  create: (deps) => {
    const { clock, events } = deps;
    const podLister = deps.lister(pods, { indices: podsByNode });
    const nodeLister = deps.lister(nodes);
    /** Since when pods tolerate taints for a time, by uid. */
    const sinceMs = new Map<string, number>();
    deps.onChange(pods, { deleted: (pod) => void sinceMs.delete(pod.metadata.uid!) });
    return async (key, signal) => {
      const pod = podLister.get(key);
      if (!pod?.spec?.nodeName || pod.metadata.deletionTimestamp !== undefined) return done;
      const uid = pod.metadata.uid!;
      const taints = nodeLister.get(pod.spec.nodeName)?.spec?.taints?.filter(({ effect }) => effect === 'NoExecute');
      const mayStayMs = taints?.length ? toleratedMs(pod, taints) : undefined;
      if (mayStayMs === undefined) {
        if (sinceMs.delete(uid))
          events.event(pod, {
            type: 'Normal',
            reason: 'TaintManagerEviction',
            message: `Cancelling deletion of Pod ${key}`,
          });
        return done;
      }
      const nowMs = clock.monotonicMs();
      const startMs = sinceMs.get(uid) ?? nowMs;
      sinceMs.set(uid, startMs);
      const leftMs = startMs + mayStayMs - nowMs;
      if (leftMs > 0) return again(leftMs);
      await evict(pod, deps, signal);
      sinceMs.delete(uid);
      return done;
    };
  },
});

async function evict(pod: ReadonlyPod, { client, clock, events }: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const at = { namespace, name: name! };
  const cause = `taint of node ${pod.spec?.nodeName}`;
  events.event(pod, {
    type: 'Normal',
    reason: 'TaintManagerEviction',
    message: `Marking for deletion Pod ${namespace}/${name}`,
  });
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: formatTime(clock.now()),
  };
  const body = { metadata: { uid }, status: { conditions: [condition] } };
  try {
    await client.patch(pods, at, { type: 'strategic', body }, { subresource: 'status', signal, cause });
    await client.delete(pods, at, { preconditions: { uid }, signal, cause });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}
