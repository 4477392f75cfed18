import type { DeepReadonly, KubeObject } from '../api/meta/object.ts';
import type { EventRecorder, EventToRecord } from '../client/event-recorder.ts';
import { configAnnotations, isStaticPod, type ReadonlyPod } from './pods/pod.ts';

/** Events about pods and the node, with the subjects as upstream writes them. */
export interface PodEvents {
  record(pod: ReadonlyPod, event: EventToRecord): void;
}

/**
 * A static pod is known to users by its mirror, whose uid the kubelet does not choose: its events carry the hash of its
 * file, as upstream's do, and so are found by name.
 */
export function createPodEvents(recorder: EventRecorder): PodEvents {
  return {
    record: (pod, event) => {
      const about: DeepReadonly<KubeObject> = {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          name: pod.metadata.name,
          namespace: pod.metadata.namespace,
          uid: isStaticPod(pod) ? pod.metadata.annotations![configAnnotations.hash] : pod.metadata.uid,
          resourceVersion: pod.metadata.resourceVersion,
        },
      };
      recorder.event(about, event);
    },
  };
}
