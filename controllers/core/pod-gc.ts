import { hasReason } from '../../api/meta/errors.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { defineController, done, everything } from '../framework/define-controller.ts';
import { isFinished, type ReadonlyPod } from '../framework/pod-state.ts';

const periodMs = 20_000;
/** A node that has just gone may come back: its pods wait this long. */
const orphanWaitMs = 40_000;

/** Removes pods that nobody else will: beyond the threshold of finished ones, on nodes that are gone, deleted before they were scheduled, on nodes out of service. */
export const podGcController = defineController({
  name: 'pod-garbage-collector-controller',
  serviceAccount: 'pod-garbage-collector',
  queueName: 'pod_gc',
  everyMs: periodMs,
  workers: 1,
  create: (deps) => {
    const { client, clock, log } = deps;
    const podLister = deps.lister(pods);
    const nodeLister = deps.lister(nodes);
    /** Since when a node that pods name has been missing. */
    const missingSince = new Map<string, number>();
    return async (key, signal) => {
      if (key !== everything) return done;
      const now = clock.monotonicMs();
      const all = podLister.list();
      const missing = new Set(
        all.map((pod) => pod.spec?.nodeName ?? '').filter((name) => name !== '' && !nodeLister.get(name)),
      );
      for (const name of missingSince.keys()) if (!missing.has(name)) missingSince.delete(name);
      for (const name of missing) if (!missingSince.has(name)) missingSince.set(name, now);
      const isOrphan = (pod: ReadonlyPod): boolean =>
        now - (missingSince.get(pod.spec?.nodeName ?? '') ?? Infinity) >= orphanWaitMs;
      const isOutOfService = (pod: ReadonlyPod): boolean => {
        const node = nodeLister.get(pod.spec?.nodeName ?? '');
        const isReady = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
        const isTainted =
          node?.spec?.taints?.some((taint) => taint.key === 'node.kubernetes.io/out-of-service') ?? false;
        return isTainted && !isReady && pod.metadata.deletionTimestamp !== undefined;
      };
      const remove = async (pod: ReadonlyPod, why: string): Promise<void> => {
        const { namespace, name, uid } = pod.metadata;
        log.info('deleting pod', { pod: `${namespace}/${name}`, why });
        if (!isFinished(pod)) {
          const condition = {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'DeletionByPodGC',
            message: `PodGC: ${why}`,
          };
          // Who counts failures (a job) must see one; a pod that never ran was disrupted by nobody.
          const conditions = why === 'it was never scheduled' ? {} : { conditions: [condition] };
          const body = { metadata: { uid }, status: { phase: 'Failed', ...conditions } };
          await client.patch(
            pods,
            { namespace, name: name! },
            { type: 'strategic', body },
            { subresource: 'status', signal },
          );
        }
        await client
          .delete(
            pods,
            { namespace, name: name! },
            { gracePeriodSeconds: 0, preconditions: { uid }, signal, cause: why },
          )
          .catch((error: unknown) => {
            if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
          });
      };
      for (const pod of podsBeyondThreshold(all, deps.config.terminatedPodGcThreshold))
        await remove(pod, 'too many finished pods');
      for (const pod of all) {
        if (isOrphan(pod) && !(await nodeExists(pod.spec!.nodeName!))) await remove(pod, 'node no longer exists');
        else if (isOutOfService(pod)) await remove(pod, 'node is out of service');
        else if (pod.metadata.deletionTimestamp !== undefined && !pod.spec?.nodeName)
          await remove(pod, 'it was never scheduled');
      }
      return done;

      async function nodeExists(name: string): Promise<boolean> {
        return client.get(nodes, { name }, { signal }).then(
          () => true,
          (error: unknown) => {
            if (hasReason(error, 'NotFound')) return false;
            throw error;
          },
        );
      }
    };
  },
});

/** The oldest finished pods over the threshold, evicted ones first; none where it is 0 or less. */
function podsBeyondThreshold(all: readonly ReadonlyPod[], threshold: number): ReadonlyPod[] {
  if (threshold <= 0) return [];
  const finished = all.filter((pod) => isFinished(pod) && pod.metadata.deletionTimestamp === undefined);
  const age = (pod: ReadonlyPod): number => Date.parse(pod.metadata.creationTimestamp ?? '');
  const isEvicted = (pod: ReadonlyPod): number => Number(pod.status?.reason === 'Evicted');
  return finished
    .toSorted((a, b) => isEvicted(b) - isEvicted(a) || age(a) - age(b))
    .slice(0, Math.max(0, finished.length - threshold));
}
