import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import { objectKey, type DeepReadonly, type ObjectKey } from '../../api/meta/object.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { replicaSets } from '../../api/resources/apps/replica-set.ts';
import type { ReplicaSet } from '../../api/schema/generated/apps-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { claimChildren } from '../framework/claim-children.ts';
import { createInBatches } from '../framework/create-in-batches.ts';
import { again, defineController, done, watch, type ControllerDeps } from '../framework/define-controller.ts';
import { Expectations } from '../framework/expectations.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { controllerOf } from '../framework/ownership.ts';
import { podFromTemplate } from '../framework/pod-from-template.ts';
import { isActive, type ReadonlyPod } from '../framework/pod-state.ts';
import { planReplicaSetStatus, planReplicas, type ReplicaPlan } from './plan-replicas.ts';

/** Keeps as many pods of a template as a ReplicaSet asks for. */
export const replicaSetController = defineController({
  name: 'replicaset-controller',
  queueName: 'replicaset',
  reconciles: replicaSets,
  owns: [pods],
  // An orphan may be adopted by any ReplicaSet that selects it.
  watches: [
    watch(pods, (pod, { lister }) =>
      controllerOf(pod)
        ? []
        : lister(replicaSets)
            .list(pod.metadata.namespace)
            .filter(
              (replicaSet) =>
                pod.metadata.labels && labelSelectorOf(replicaSet.spec?.selector).matches(pod.metadata.labels),
            )
            .map((replicaSet) => objectKey(replicaSet)),
    ),
  ],
  create: (deps) => {
    const expectations = new Expectations(deps.clock);
    const replicaSetLister = deps.lister(replicaSets);
    const podLister = deps.lister(pods);
    const ownerKey = (pod: ReadonlyPod): string | undefined => {
      const owner = controllerOf(pod);
      return owner?.kind === 'ReplicaSet' ? `${pod.metadata.namespace}/${owner.name}` : undefined;
    };
    const goes = (pod: ReadonlyPod): void => {
      const key = ownerKey(pod);
      if (key) expectations.deletionSeen(key, pod.metadata.uid!);
    };
    deps.onChange(pods, {
      added: (pod) => {
        const key = ownerKey(pod);
        if (!key) return;
        expectations.creationSeen(key);
        if (pod.metadata.deletionTimestamp) expectations.deletionSeen(key, pod.metadata.uid!);
      },
      updated: (pod) => {
        if (pod.metadata.deletionTimestamp) goes(pod);
      },
      deleted: goes,
    });
    return async (key, signal) => {
      const replicaSet = replicaSetLister.get(key);
      if (!replicaSet) {
        expectations.forget(key);
        return done;
      }
      const mine = await claimChildren(deps.client, {
        owner: replicaSet,
        ownerRef: replicaSets,
        childRef: pods,
        selector: labelSelectorOf(replicaSet.spec?.selector),
        children: podLister.list(replicaSet.metadata.namespace),
        signal,
      });
      let failure: Parameters<typeof planReplicaSetStatus>[2]['failure'];
      let failed: unknown;
      if (expectations.satisfied(key) && replicaSet.metadata.deletionTimestamp === undefined) {
        const plan = planReplicas(
          replicaSet.spec?.replicas ?? 1,
          mine,
          plansNothing(replicaSet, mine) ? [] : relatedPods(replicaSet, deps),
        );
        failed = await applyReplicaPlan(key, replicaSet, plan, expectations, deps, signal);
        if (failed)
          failure = { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message: (failed as Error).message };
      }
      const nowMs = deps.clock.now();
      const { status, nextChangeMs } = planReplicaSetStatus(replicaSet, mine, {
        failure,
        nowMs,
        now: formatTime(nowMs),
      });
      if (!semanticEqual(status, replicaSet.status)) {
        const next = { ...(replicaSet as ReplicaSet), status };
        await deps.client.update(replicaSets, next, { subresource: 'status', signal });
      }
      if (failed && !isNamespaceTerminating(failed)) throw failed;
      return nextChangeMs === undefined ? done : again(Math.max(0, nextChangeMs - nowMs));
    };
  },
});

function plansNothing(replicaSet: DeepReadonly<ReplicaSet>, mine: readonly ReadonlyPod[]): boolean {
  return mine.filter(isActive).length <= (replicaSet.spec?.replicas ?? 1);
}

/** Pods of the ReplicaSets that have the same controller (one Deployment's). */
function relatedPods(replicaSet: DeepReadonly<ReplicaSet>, { lister }: ControllerDeps): ReadonlyPod[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner ? lister(replicaSets).controlledBy({ metadata: { uid: owner.uid } }) : [replicaSet];
  return siblings.flatMap((sibling) => lister(pods).controlledBy(sibling));
}

/** Does the plan; returns the first error, if any. */
async function applyReplicaPlan(
  key: ObjectKey,
  replicaSet: DeepReadonly<ReplicaSet>,
  plan: ReplicaPlan,
  expectations: Expectations,
  { client, events }: ControllerDeps,
  signal: AbortSignal,
): Promise<unknown> {
  const about = { ...replicaSet, apiVersion: 'apps/v1', kind: 'ReplicaSet' };
  const cause = `replicaset ${key}`;
  if (plan.create > 0) {
    expectations.expect(key, { creations: plan.create });
    const { succeeded, error } = await createInBatches(plan.create, async () => {
      try {
        const pod = await client.create(pods, podFromTemplate(replicaSet, replicaSets, replicaSet.spec!.template!), {
          signal,
          cause,
        });
        events.event(about, {
          type: 'Normal',
          reason: 'SuccessfulCreate',
          message: `Created pod: ${pod.metadata.name}`,
        });
      } catch (error) {
        expectations.creationSeen(key); // it will never be seen
        if (!isNamespaceTerminating(error))
          events.event(about, {
            type: 'Warning',
            reason: 'FailedCreate',
            message: `Error creating: ${(error as Error).message}`,
          });
        throw error;
      }
    });
    // Those not tried will not be seen either. A batch that fails stops the rest.
    if (error) for (let i = succeeded + 1; i < plan.create; i++) expectations.creationSeen(key);
    return error;
  }
  if (plan.remove.length === 0) return undefined;
  expectations.expect(key, { deletions: plan.remove.map((pod) => pod.metadata.uid!) });
  const results = await Promise.allSettled(
    plan.remove.map(async (pod) => {
      const { namespace, name, uid } = pod.metadata;
      try {
        await client.delete(pods, { namespace, name: name! }, { preconditions: { uid }, signal, cause });
        events.event(about, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
      } catch (error) {
        expectations.deletionSeen(key, uid!);
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }),
  );
  return results.find((result) => result.status === 'rejected')?.reason;
}
