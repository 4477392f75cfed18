import { replicaSets } from '../../../api/resources/apps/replica-set.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import { conditionRows } from '../conditions.ts';
import { defineDescriber } from '../describer.ts';
import { controlledBy } from '../identity.ts';
import { annotationRows, formatSelector, pairs } from '../lines.ts';
import { templateRows } from '../pod-template.ts';

export const replicaSetDescriber = defineDescriber(replicaSets, async (set, around) => {
  const { metadata, spec, status } = set;
  const selector = formatSelector(spec?.selector);
  const owned = (await around.list(pods, { namespace: metadata.namespace }, { labelSelector: selector })).filter(
    (pod) => pod.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === metadata.uid),
  );
  const count = (phase: string): number => owned.filter((pod) => pod.status?.phase === phase).length;
  return [
    `Name:\t${metadata.name}`,
    `Namespace:\t${metadata.namespace}`,
    `Selector:\t${selector}`,
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
    ...controlledBy(set),
    `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`,
    `Pods Status:\t${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
    ...(spec?.template ? templateRows(spec.template) : []),
    ...conditionRows(status?.conditions),
  ];
});
