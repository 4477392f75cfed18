/**
 * autoscaling/v1 knows one target, CPU utilisation. All else of a v2 object travels in annotations, as upstream's
 * conversion has it, so that an object read and written back through v1 loses nothing.
 */
import type * as v1 from '../../schema/generated/autoscaling-v1.ts';
import type * as v2 from '../../schema/generated/autoscaling-v2.ts';
import type { LabelSelector, ObjectMeta } from '../../schema/generated/meta-v1.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const metricsAnnotation = `${prefix}metrics`;
const currentMetricsAnnotation = `${prefix}current-metrics`;
const conditionsAnnotation = `${prefix}conditions`;
const behaviorAnnotation = `${prefix}behavior`;
/** Those that say what v1 has no field for in the spec, and in the status. */
export const specAnnotations: readonly string[] = [metricsAnnotation, behaviorAnnotation];
export const statusAnnotations: readonly string[] = [currentMetricsAnnotation, conditionsAnnotation];
const ownAnnotations = [...specAnnotations, ...statusAnnotations];

type ObjectTarget = { kind: string; name: string; apiVersion?: string };

/** A metric, or its current state, as the annotations have it: flat, with the target's kind in the field's name. */
type FlatMetric = {
  type: string;
  object?: {
    target: ObjectTarget;
    metricName: string;
    targetValue?: string;
    currentValue?: string;
    selector?: LabelSelector;
    averageValue?: string;
  };
  pods?: { metricName: string; targetAverageValue?: string; currentAverageValue?: string; selector?: LabelSelector };
  resource?: FlatResource;
  containerResource?: FlatResource & { container: string };
  external?: {
    metricName: string;
    metricSelector?: LabelSelector;
    targetValue?: string;
    targetAverageValue?: string;
    currentValue?: string;
    currentAverageValue?: string;
  };
};

type FlatResource = {
  name: string;
  targetAverageUtilization?: number;
  targetAverageValue?: string;
  currentAverageUtilization?: number;
  currentAverageValue?: string;
};

/** The v2 object of a v1 object; shares nothing that either may change but the metadata's fields. */
export function toV2(object: v1.HorizontalPodAutoscaler): v2.HorizontalPodAutoscaler {
  const annotations = object.metadata.annotations ?? {};
  const spec: v2.HorizontalPodAutoscalerSpec = {
    scaleTargetRef: object.spec?.scaleTargetRef ?? { kind: '', name: '' },
    maxReplicas: object.spec?.maxReplicas ?? 0,
  };
  if (object.spec?.minReplicas !== undefined) spec.minReplicas = object.spec.minReplicas;
  const metrics = readAnnotation<FlatMetric[]>(annotations[metricsAnnotation])?.map(specToV2) ?? [];
  const cpu = object.spec?.targetCPUUtilizationPercentage;
  if (cpu !== undefined) {
    metrics.push({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
    });
  }
  if (metrics.length > 0) spec.metrics = metrics;
  const behavior = readAnnotation<Record<string, unknown>>(annotations[behaviorAnnotation]);
  if (behavior) spec.behavior = recase(behavior, lowerFirst) as v2.HorizontalPodAutoscalerBehavior;

  const { currentCPUUtilizationPercentage, ...counts } = object.status ?? {};
  const status = { ...counts } as v2.HorizontalPodAutoscalerStatus;
  const current = readAnnotation<FlatMetric[]>(annotations[currentMetricsAnnotation])?.map(statusToV2);
  if (current) status.currentMetrics = current;
  else if (currentCPUUtilizationPercentage !== undefined) {
    status.currentMetrics = [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCPUUtilizationPercentage } } },
    ];
  }
  const conditions = readAnnotation<v2.HorizontalPodAutoscalerCondition[]>(annotations[conditionsAnnotation]);
  if (conditions) status.conditions = conditions;

  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v2',
    metadata: { ...object.metadata, annotations: withoutOwn(object.metadata.annotations) },
    spec,
    status,
  };
}

/** The v1 object of a v2 object. */
export function toV1(object: v2.HorizontalPodAutoscaler): v1.HorizontalPodAutoscaler {
  const annotations = { ...withoutOwn(object.metadata.annotations) };
  const spec: v1.HorizontalPodAutoscalerSpec = {
    scaleTargetRef: object.spec?.scaleTargetRef ?? { kind: '', name: '' },
    ...(object.spec?.minReplicas === undefined ? {} : { minReplicas: object.spec.minReplicas }),
    maxReplicas: object.spec?.maxReplicas ?? 0,
  };
  const others: FlatMetric[] = [];
  for (const metric of object.spec?.metrics ?? []) {
    const utilization = metric.resource?.target.averageUtilization;
    if (metric.type === 'Resource' && metric.resource?.name === 'cpu' && utilization !== undefined)
      spec.targetCPUUtilizationPercentage = utilization;
    else others.push(specFromV2(metric));
  }
  if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others);
  if (object.spec?.behavior) annotations[behaviorAnnotation] = JSON.stringify(internalBehavior(object.spec.behavior));

  const { currentMetrics: metricsOrNull, conditions: conditionsOrNull, ...counts } = object.status ?? {};
  // Stored objects hold null where upstream writes it.
  const currentMetrics = metricsOrNull ?? [];
  const conditions = conditionsOrNull ?? [];
  const status: v1.HorizontalPodAutoscalerStatus = { currentReplicas: 0, desiredReplicas: 0, ...counts };
  for (const metric of currentMetrics) {
    if (metric.type === 'Resource' && metric.resource?.name === 'cpu') {
      const utilization = metric.resource.current.averageUtilization;
      if (utilization !== undefined) status.currentCPUUtilizationPercentage = utilization;
    }
  }
  if (currentMetrics.length > 0)
    annotations[currentMetricsAnnotation] = JSON.stringify(currentMetrics.map(statusFromV2));
  if (conditions.length > 0) {
    annotations[conditionsAnnotation] = JSON.stringify(
      conditions.map((c) => ({
        type: c.type,
        status: c.status,
        lastTransitionTime: c.lastTransitionTime ?? null,
        reason: c.reason || undefined,
        message: c.message || undefined,
      })),
    );
  }
  return {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, annotations: Object.keys(annotations).length > 0 ? annotations : undefined },
    spec,
    status,
  };
}

/** Gives `metadata` the named annotations of `source`, and none of them that `source` does not have. */
export function takeAnnotations(metadata: ObjectMeta, source: ObjectMeta, names: readonly string[]): void {
  const kept = Object.entries(metadata.annotations ?? {}).filter(([key]) => !names.includes(key));
  const taken = Object.entries(source.annotations ?? {}).filter(([key]) => names.includes(key));
  if (kept.length + taken.length) metadata.annotations = Object.fromEntries([...kept, ...taken]);
  else delete metadata.annotations;
}

function withoutOwn(annotations: Record<string, string> | undefined): Record<string, string> | undefined {
  if (!annotations || !ownAnnotations.some((key) => key in annotations)) return annotations;
  const rest = Object.entries(annotations).filter(([key]) => !ownAnnotations.includes(key));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

/** Undefined where there is none, or where it is not JSON: a client may write anything there. */
function readAnnotation<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function valueTarget(value: string | undefined, averageValue: string | undefined): v2.MetricTarget {
  return averageValue !== undefined ? { type: 'AverageValue', averageValue } : { type: 'Value', value };
}

function resourceTarget(flat: FlatResource): v2.MetricTarget {
  return flat.targetAverageUtilization !== undefined
    ? { type: 'Utilization', averageUtilization: flat.targetAverageUtilization }
    : { type: 'AverageValue', averageValue: flat.targetAverageValue };
}

function specToV2(flat: FlatMetric): v2.MetricSpec {
  const { type, object, pods, resource, containerResource, external } = flat;
  const metric: v2.MetricSpec = { type };
  if (object) {
    metric.object = {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      target: valueTarget(object.targetValue, object.averageValue),
    };
  }
  if (pods) {
    metric.pods = {
      metric: { name: pods.metricName, selector: pods.selector },
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    };
  }
  if (resource) metric.resource = { name: resource.name, target: resourceTarget(resource) };
  if (containerResource) {
    const { name, container } = containerResource;
    metric.containerResource = { name, container, target: resourceTarget(containerResource) };
  }
  if (external) {
    metric.external = {
      metric: { name: external.metricName, selector: external.metricSelector },
      target: valueTarget(external.targetValue, external.targetAverageValue),
    };
  }
  return metric;
}

function specFromV2(metric: v2.MetricSpec): FlatMetric {
  const { type, object, pods, resource, containerResource, external } = metric;
  const flat: FlatMetric = { type };
  if (object) {
    flat.object = {
      target: object.describedObject,
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    };
  }
  if (pods) {
    flat.pods = {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? '0',
      selector: pods.metric.selector,
    };
  }
  if (resource) {
    flat.resource = {
      name: resource.name,
      targetAverageUtilization: resource.target.averageUtilization,
      targetAverageValue: resource.target.averageValue,
    };
  }
  if (containerResource) {
    flat.containerResource = {
      name: containerResource.name,
      targetAverageUtilization: containerResource.target.averageUtilization,
      targetAverageValue: containerResource.target.averageValue,
      container: containerResource.container,
    };
  }
  if (external) {
    flat.external = {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    };
  }
  return flat;
}

function statusToV2(flat: FlatMetric): v2.MetricStatus {
  const { type, object, pods, resource, containerResource, external } = flat;
  const metric: v2.MetricStatus = { type };
  const currentOf = ({ currentAverageUtilization, currentAverageValue }: FlatResource): v2.MetricValueStatus => ({
    averageUtilization: currentAverageUtilization,
    averageValue: currentAverageValue,
  });
  if (object) {
    metric.object = {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      current: { value: object.currentValue, averageValue: object.averageValue },
    };
  }
  if (pods) {
    metric.pods = {
      metric: { name: pods.metricName, selector: pods.selector },
      current: { averageValue: pods.currentAverageValue },
    };
  }
  if (resource) metric.resource = { name: resource.name, current: currentOf(resource) };
  if (containerResource) {
    const { name, container } = containerResource;
    metric.containerResource = { name, container, current: currentOf(containerResource) };
  }
  if (external) {
    metric.external = {
      metric: { name: external.metricName, selector: external.metricSelector },
      current: { value: external.currentValue, averageValue: external.currentAverageValue },
    };
  }
  return metric;
}

function statusFromV2(metric: v2.MetricStatus): FlatMetric {
  const { type, object, pods, resource, containerResource, external } = metric;
  const flat: FlatMetric = { type };
  if (object) {
    flat.object = {
      target: object.describedObject,
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    };
  }
  if (pods) {
    flat.pods = {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? '0',
      selector: pods.metric.selector,
    };
  }
  if (resource) {
    flat.resource = {
      name: resource.name,
      currentAverageUtilization: resource.current.averageUtilization,
      currentAverageValue: resource.current.averageValue ?? '0',
    };
  }
  if (containerResource) {
    flat.containerResource = {
      name: containerResource.name,
      currentAverageUtilization: containerResource.current.averageUtilization,
      currentAverageValue: containerResource.current.averageValue ?? '0',
      container: containerResource.container,
    };
  }
  if (external) {
    flat.external = {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value ?? '0',
      currentAverageValue: external.current.averageValue,
    };
  }
  return flat;
}

/** Upstream writes its internal type into the annotation: every field, under its Go name. */
function internalBehavior({ scaleUp, scaleDown }: v2.HorizontalPodAutoscalerBehavior): unknown {
  const rules = (r: v2.HPAScalingRules | undefined): unknown =>
    r
      ? {
          StabilizationWindowSeconds: r.stabilizationWindowSeconds ?? null,
          SelectPolicy: r.selectPolicy ?? null,
          Policies: r.policies?.map((p) => ({ Type: p.type, Value: p.value, PeriodSeconds: p.periodSeconds })) ?? null,
          Tolerance: r.tolerance ?? null,
        }
      : null;
  return { ScaleUp: rules(scaleUp), ScaleDown: rules(scaleDown) };
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function recase(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => recase(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== null);
  return Object.fromEntries(entries.map(([name, v]) => [change(name), recase(v, change)]));
}
