import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV2 } from '../../schema/generated/autoscaling-v2.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from '../../schema/generated/autoscaling-v1.ts';
import { unset } from '../../meta/printers.ts';
import { formatTargets } from './metric-targets.ts';
import { specAnnotations, statusAnnotations, takeAnnotations, toV1, toV2 } from './v1-conversion.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts';
import { validateAutoscaler, validateAutoscalerStatusUpdate } from './autoscaler-validation.ts';
import { defineResource, type ResourceRow } from '../define-resource.ts';

export const horizontalPodAutoscalersV1 = defineResource<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  storagePrefix: 'horizontalpodautoscalers',
  storageVersionHash: 'qwQve8ut294=',
  subresources: {
    status: { kind: 'HorizontalPodAutoscaler', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setAutoscalerDefaults,
  prepareForCreate: (autoscaler) => {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
    takeAnnotations(autoscaler.metadata, {}, statusAnnotations);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    takeAnnotations(next.metadata, old.metadata, statusAnnotations);
  },
  prepareForStatusUpdate: (next, old) => {
    keepSpec(next, old);
    takeAnnotations(next.metadata, old.metadata, specAnnotations);
  },
  storedAs: {
    row: () => horizontalPodAutoscalers as unknown as ResourceRow,
    toStored: (object) => {
      const stored = toV2(object);
      horizontalPodAutoscalers.setDefaults?.(stored);
      return stored;
    },
    fromStored: (stored) => toV1(stored as HorizontalPodAutoscalerV2),
  },
  validate: (autoscaler) => validateAutoscaler(toV2(autoscaler)),
  validateStatusUpdate: (autoscaler) => validateAutoscalerStatusUpdate(toV2(autoscaler)),
  columns: [
    nameColumn,
    {
      name: 'Reference',
      type: 'string',
      description:
        'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
      cell: ({ spec }) => `${spec?.scaleTargetRef.kind ?? ''}/${spec?.scaleTargetRef.name ?? ''}`,
    },
    {
      name: 'Targets',
      type: 'string',
      description:
        'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
      cell: (autoscaler) => formatTargets(toV2(autoscaler)),
    },
    {
      name: 'MinPods',
      type: 'string',
      description:
        'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
      cell: (autoscaler) => String(autoscaler.spec?.minReplicas ?? unset),
    },
    {
      name: 'MaxPods',
      type: 'string',
      description:
        'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
      cell: (autoscaler) => autoscaler.spec?.maxReplicas ?? 0,
    },
    {
      name: 'Replicas',
      type: 'string',
      description:
        'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
      cell: (autoscaler) => autoscaler.status?.currentReplicas ?? 0,
    },
    ageColumn,
  ],
});

function setAutoscalerDefaults(autoscaler: HorizontalPodAutoscaler): void {
  const spec = (autoscaler.spec ??= {} as HorizontalPodAutoscalerSpec);
  const status = (autoscaler.status ??= {} as HorizontalPodAutoscalerStatus);
  status.currentReplicas ??= 0;
  status.desiredReplicas ??= 0;
  spec.scaleTargetRef ??= {} as CrossVersionObjectReference;
  spec.maxReplicas ??= 0;
  spec.minReplicas ??= 1;
  // There and back: what v2 fills in, and what it makes of the annotations, is the writer's too.
  const stored = toV2(autoscaler);
  horizontalPodAutoscalers.setDefaults?.(stored);
  const whole = toV1(stored);
  autoscaler.spec = whole.spec;
  autoscaler.status = whole.status;
  if (whole.metadata.annotations) autoscaler.metadata.annotations = whole.metadata.annotations;
  else delete autoscaler.metadata.annotations;
}
