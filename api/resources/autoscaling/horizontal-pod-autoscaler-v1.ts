import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV2 } from '../../schema/generated/autoscaling-v2.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from '../../schema/generated/autoscaling-v1.ts';
import { specAnnotations, statusAnnotations, takeAnnotations, toV1, toV2 } from './v1-conversion.ts';
import { columnsVia } from '../columns.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts';
import {
  validateAutoscaler,
  validateAutoscalerStatusUpdate,
  validateAutoscalerUpdate,
} from './autoscaler-validation.ts';
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
  validateUpdate: (next, old) => validateAutoscalerUpdate(toV2(next), toV2(old)),
  validateStatusUpdate: (autoscaler) => validateAutoscalerStatusUpdate(toV2(autoscaler)),
  columns: columnsVia(horizontalPodAutoscalers.columns, toV2),
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
