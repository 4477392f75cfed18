import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import { objectKey, type DeepReadonly } from '../../api/meta/object.ts';
import { deployments } from '../../api/resources/apps/deployment.ts';
import { replicaSets } from '../../api/resources/apps/replica-set.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Deployment, ReplicaSet } from '../../api/schema/generated/apps-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { claimChildren } from '../framework/claim-children.ts';
import {
  again,
  defineController,
  done,
  watch,
  type ControllerDeps,
  type Result,
} from '../framework/define-controller.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { controllerOf, controllerReference } from '../framework/ownership.ts';
import { isFinished } from '../framework/pod-state.ts';
import { templateHash } from '../framework/template-hash.ts';
import {
  annotationsKept,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  podTemplateHashLabel,
  revisionAnnotation,
  revisionHistoryAnnotation,
} from './deployment-names.ts';
import {
  isScalingEvent,
  newReplicaSetSize,
  planCleanup,
  planRecreate,
  planRollingUpdate,
  planScale,
  revisionOf,
  rolloutLimits,
  sameTemplate,
  splitReplicaSets,
  type ReplicaSets,
  type Scaling,
} from './plan-deployment.ts';
import { planDeploymentStatus } from './plan-deployment-status.ts';

/** Rolls templates out: one ReplicaSet a template, sizes moved step by step from the old ones to the new. */
export const deploymentController = defineController({
  name: 'deployment-controller',
  queueName: 'deployment',
  reconciles: deployments,
  owns: [replicaSets],
  watches: [
    watch(replicaSets, (replicaSet, { lister }) =>
      controllerOf(replicaSet)
        ? []
        : lister(deployments)
            .list(replicaSet.metadata.namespace)
            .filter((deployment) => labelSelectorOf(deployment.spec?.selector).matches(replicaSet.metadata.labels))
            .map((deployment) => objectKey(deployment)),
    ),
    // The last pod of an old template is gone: a Recreate rollout may go on.
    watch(pods, (pod, { lister }) => {
      const owner = controllerOf(pod);
      const replicaSet =
        owner?.kind === 'ReplicaSet' ? lister(replicaSets).get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
      const deployment = replicaSet && controllerOf(replicaSet);
      const known = deployment && lister(deployments).get(`${pod.metadata.namespace}/${deployment.name}`);
      return known?.spec?.strategy?.type === 'Recreate' ? [objectKey(known)] : [];
    }),
  ],
  create: (deps) => {
    const deploymentLister = deps.lister(deployments);
    const replicaSetLister = deps.lister(replicaSets);
    deps.lister(pods);
    return async (key, signal) => {
      const deployment = deploymentLister.get(key);
      if (!deployment) return done;
      const claimed = await claimChildren(deps.client, {
        owner: deployment,
        ownerRef: deployments,
        childRef: replicaSets,
        selector: labelSelectorOf(deployment.spec?.selector),
        children: replicaSetLister.list(deployment.metadata.namespace),
        signal,
      });
      return new DeploymentSync(deployment, splitReplicaSets(deployment, claimed), deps, signal).run();
    };
  },
});

/** One look at one Deployment. Each step that writes ends the look: the write comes back as an event and causes the next. */
class DeploymentSync {
  #deployment: DeepReadonly<Deployment>;
  #sets: ReplicaSets;
  readonly #deps: ControllerDeps;
  readonly #signal: AbortSignal;
  #created = false;
  #failure: unknown;
  #collisionCount: number | undefined;

  constructor(deployment: DeepReadonly<Deployment>, sets: ReplicaSets, deps: ControllerDeps, signal: AbortSignal) {
    this.#deployment = deployment;
    this.#sets = sets;
    this.#deps = deps;
    this.#signal = signal;
  }

  async run(): Promise<Result> {
    const { spec, metadata } = this.#deployment;
    if (metadata.deletionTimestamp !== undefined) return this.#writeStatus();
    await this.#setRevisions();
    if (spec?.paused || isScalingEvent(this.#deployment, this.#sets)) {
      await this.#scale(planScale(this.#deployment, this.#sets));
      if (spec?.paused) await this.#cleanUp();
      return this.#writeStatus();
    }
    if (spec?.strategy?.type === 'Recreate') await this.#recreate();
    else await this.#roll();
    if (this.#isComplete()) await this.#cleanUp();
    return this.#writeStatus();
  }

  async #roll(): Promise<void> {
    if (!this.#sets.current) return this.#createReplicaSet();
    await this.#scale(planRollingUpdate(this.#deployment, { ...this.#sets, current: this.#sets.current }));
  }

  async #recreate(): Promise<void> {
    const shrink = planRecreate(this.#deployment, { old: this.#sets.old }, true);
    if (shrink.length > 0) return this.#scale(shrink);
    const podLister = this.#deps.lister(pods);
    const oldPodsRun = this.#sets.old.some((replicaSet) =>
      podLister.controlledBy(replicaSet).some((pod) => !isFinished(pod)),
    );
    if (oldPodsRun) return;
    if (!this.#sets.current) return this.#createReplicaSet();
    await this.#scale(planRecreate(this.#deployment, this.#sets, false));
  }

  async #createReplicaSet(): Promise<void> {
    const { client, events } = this.#deps;
    const { metadata, spec } = this.#deployment;
    const about = { ...this.#deployment, apiVersion: 'apps/v1', kind: 'Deployment' };
    const hash = templateHash(spec!.template, this.#deployment.status?.collisionCount ?? 0);
    const template = structuredClone(spec!.template) as NonNullable<ReplicaSet['spec']>['template'] & object;
    template.metadata = {
      ...template.metadata,
      labels: { ...template.metadata?.labels, [podTemplateHashLabel]: hash },
    };
    const replicas = newReplicaSetSize(this.#deployment, this.#sets);
    const replicaSet: ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        namespace: metadata.namespace,
        name: `${metadata.name}-${hash}`,
        labels: template.metadata.labels,
        annotations: { ...this.#annotations(undefined), [revisionAnnotation]: String(this.#lastRevision() + 1) },
        ownerReferences: [controllerReference(this.#deployment, deployments)],
      },
      spec: {
        replicas,
        minReadySeconds: spec?.minReadySeconds,
        selector: {
          ...(spec?.selector as NonNullable<ReplicaSet['spec']>['selector']),
          matchLabels: { ...spec?.selector?.matchLabels, [podTemplateHashLabel]: hash },
        },
        template,
      },
    };
    try {
      const current = await client.create(replicaSets, replicaSet, {
        signal: this.#signal,
        cause: `deployment ${objectKey(this.#deployment)}`,
      });
      this.#sets = { ...this.#sets, current };
      this.#created = true;
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return this.#settleCollision(replicaSet);
      this.#failure = error;
      if (!isNamespaceTerminating(error))
        events.event(about, {
          type: 'Warning',
          reason: 'ReplicaSetCreateError',
          message: `Failed to create new replica set "${replicaSet.metadata.name}": ${(error as Error).message}`,
        });
      return;
    }
    if (replicas > 0)
      events.event(about, {
        type: 'Normal',
        reason: 'ScalingReplicaSet',
        message: `Scaled up replica set ${replicaSet.metadata.name} from 0 to ${replicas}`,
      });
    await this.#writeRevision();
  }

  /** The name is taken: by our own ReplicaSet that the cache does not show yet, or by another template with the same hash. */
  async #settleCollision(replicaSet: ReplicaSet): Promise<void> {
    const { namespace, name } = replicaSet.metadata;
    const there = await this.#deps.client.get(replicaSets, { namespace, name: name! }, { signal: this.#signal });
    if (
      controllerOf(there)?.uid === this.#deployment.metadata.uid &&
      sameTemplate(there.spec?.template, replicaSet.spec?.template)
    ) {
      this.#sets = { ...this.#sets, current: there };
      return;
    }
    this.#collisionCount = (this.#deployment.status?.collisionCount ?? 0) + 1;
  }

  async #scale(scalings: readonly Scaling[]): Promise<void> {
    const { client, events } = this.#deps;
    const about = { ...this.#deployment, apiVersion: 'apps/v1', kind: 'Deployment' };
    for (const { replicaSet, replicas } of scalings) {
      const before = replicaSet.spec?.replicas ?? 1;
      const annotations = this.#sizeAnnotations();
      const hasAnnotations = Object.entries(annotations).every(
        ([key, value]) => replicaSet.metadata.annotations?.[key] === value,
      );
      if (before === replicas && hasAnnotations) continue;
      const next = {
        ...(replicaSet as ReplicaSet),
        metadata: {
          ...(replicaSet as ReplicaSet).metadata,
          annotations: { ...replicaSet.metadata.annotations, ...annotations },
        },
        spec: { ...(replicaSet as ReplicaSet).spec!, replicas },
      };
      const written = await client.update(replicaSets, next, {
        signal: this.#signal,
        cause: `deployment ${objectKey(this.#deployment)}`,
      });
      if (this.#sets.current === replicaSet) this.#sets = { ...this.#sets, current: written };
      else this.#sets = { ...this.#sets, old: this.#sets.old.map((other) => (other === replicaSet ? written : other)) };
      if (before !== replicas)
        events.event(about, {
          type: 'Normal',
          reason: 'ScalingReplicaSet',
          message: `Scaled ${replicas > before ? 'up' : 'down'} replica set ${replicaSet.metadata.name} from ${before} to ${replicas}`,
        });
    }
  }

  /** The current ReplicaSet has the highest revision, also when an old template came back; the Deployment shows it. */
  async #setRevisions(): Promise<void> {
    const { current } = this.#sets;
    if (!current) return;
    const revision = Math.max(revisionOf(current), this.#lastRevision(current) + 1);
    const annotations = this.#annotations(current);
    if (revision !== revisionOf(current)) {
      const history = [
        current.metadata.annotations?.[revisionHistoryAnnotation],
        current.metadata.annotations?.[revisionAnnotation],
      ].filter(Boolean);
      annotations[revisionAnnotation] = String(revision);
      if (revisionOf(current) > 0) annotations[revisionHistoryAnnotation] = history.join(',');
    }
    const minReadySeconds = this.#deployment.spec?.minReadySeconds;
    const isSame =
      semanticEqual(annotations, current.metadata.annotations) &&
      (minReadySeconds ?? 0) === (current.spec?.minReadySeconds ?? 0);
    if (!isSame) {
      const next = {
        ...(current as ReplicaSet),
        metadata: { ...(current as ReplicaSet).metadata, annotations },
        spec: { ...(current as ReplicaSet).spec!, minReadySeconds },
      };
      this.#sets = {
        ...this.#sets,
        current: await this.#deps.client.update(replicaSets, next, { signal: this.#signal }),
      };
    }
    await this.#writeRevision();
  }

  async #writeRevision(): Promise<void> {
    const { current } = this.#sets;
    if (!current || revisionOf(current) === revisionOf(this.#deployment)) return;
    const deployment = this.#deployment as Deployment;
    const annotations = { ...deployment.metadata.annotations, [revisionAnnotation]: String(revisionOf(current)) };
    const next = { ...deployment, metadata: { ...deployment.metadata, annotations } };
    this.#deployment = await this.#deps.client.update(deployments, next, { signal: this.#signal });
  }

  #lastRevision(except?: DeepReadonly<ReplicaSet>): number {
    const { current, old } = this.#sets;
    return Math.max(0, ...[...old, ...(current && current !== except ? [current] : [])].map(revisionOf));
  }

  /** What a ReplicaSet says about its Deployment: the Deployment's own annotations and the sizes. */
  #annotations(replicaSet: DeepReadonly<ReplicaSet> | undefined): Record<string, string> {
    const passedOn = Object.entries(this.#deployment.metadata.annotations ?? {}).filter(
      ([key]) => !annotationsKept.has(key),
    );
    return {
      ...replicaSet?.metadata.annotations,
      ...Object.fromEntries(passedOn),
      ...(replicaSet ? {} : this.#sizeAnnotations()),
    };
  }

  #sizeAnnotations(): Record<string, string> {
    const replicas = this.#deployment.spec?.replicas ?? 1;
    return {
      [desiredReplicasAnnotation]: String(replicas),
      [maxReplicasAnnotation]: String(replicas + rolloutLimits(this.#deployment).maxSurge),
    };
  }

  #isComplete(): boolean {
    const replicas = this.#deployment.spec?.replicas ?? 1;
    const { current, old } = this.#sets;
    return (
      current?.status?.replicas === replicas &&
      (current.status.availableReplicas ?? 0) === replicas &&
      old.every((replicaSet) => (replicaSet.status?.replicas ?? 0) === 0)
    );
  }

  async #cleanUp(): Promise<void> {
    for (const replicaSet of planCleanup(this.#deployment, this.#sets.old)) {
      const { namespace, name, uid } = replicaSet.metadata;
      await this.#deps.client
        .delete(replicaSets, { namespace, name: name! }, { preconditions: { uid }, signal: this.#signal })
        .catch((error: unknown) => {
          if (!hasReason(error, 'NotFound')) throw error;
        });
    }
  }

  async #writeStatus(): Promise<Result> {
    const { clock, client } = this.#deps;
    const nowMs = clock.now();
    const { status, deadlineMs } = planDeploymentStatus(this.#deployment, this.#sets, {
      nowMs,
      now: formatTime(nowMs),
      created: this.#created,
      failure: this.#failure === undefined ? undefined : (this.#failure as Error).message,
      collisionCount: this.#collisionCount,
    });
    if (!semanticEqual(status, this.#deployment.status))
      await client.update(
        deployments,
        { ...(this.#deployment as Deployment), status },
        { subresource: 'status', signal: this.#signal },
      );
    if (this.#failure !== undefined && !isNamespaceTerminating(this.#failure)) throw this.#failure;
    return deadlineMs === undefined ? done : again(Math.max(0, deadlineMs - nowMs) + 1000);
  }
}
