import { replicaSets } from '../../../api/resources/apps/replica-set.ts';
import { deployments } from '../../../api/resources/apps/deployment.ts';
import { none } from '../../../api/meta/printers.ts';
import type { ReplicaSet } from '../../../api/schema/generated/apps-v1.ts';
import { conditionRows } from '../conditions.ts';
import { defineDescriber } from '../describer.ts';
import { annotationRows, formatDate, formatSelector, pairs } from '../lines.ts';
import { templateRows } from '../pod-template.ts';

const revision = 'deployment.kubernetes.io/revision';

export const deploymentDescriber = defineDescriber(deployments, async (deployment, around) => {
  const { metadata, spec, status = {} } = deployment;
  const { namespace, uid } = metadata;
  const labelSelector = formatSelector(spec?.selector);
  const owned = (await around.list(replicaSets, { namespace }, { labelSelector })).filter((set) =>
    set.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid),
  );
  const isNew = (set: ReplicaSet): boolean =>
    metadata.annotations?.[revision] !== undefined &&
    set.metadata.annotations?.[revision] === metadata.annotations[revision];
  const list = (sets: readonly ReplicaSet[]): string =>
    sets
      .map(
        ({ metadata: { name }, spec: wanted, status: is }) =>
          `${name} (${is?.replicas ?? 0}/${wanted?.replicas ?? 0} replicas created)`,
      )
      .join(', ') || none;
  const rolling = spec?.strategy?.rollingUpdate;
  return [
    `Name:\t${metadata.name}`,
    `Namespace:\t${namespace}`,
    `CreationTimestamp:\t${formatDate(metadata.creationTimestamp)}`,
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
    `Selector:\t${formatSelector(spec?.selector)}`,
    `Replicas:\t${spec?.replicas ?? 0} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
    `StrategyType:\t${spec?.strategy?.type ?? ''}`,
    `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}`,
    ...(rolling
      ? [`RollingUpdateStrategy:\t${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`]
      : []),
    ...(spec ? templateRows(spec.template) : []),
    ...conditionRows(status.conditions),
    ...(owned.length > 0
      ? [`OldReplicaSets:\t${list(owned.filter((set) => !isNew(set)))}`, `NewReplicaSet:\t${list(owned.filter(isNew))}`]
      : []),
  ];
});
