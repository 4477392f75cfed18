import { listWithMore, none, unknown } from '../../meta/printers.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../schema/generated/autoscaling-v2.ts';

/** What each metric is and what it should be, `cpu: 5%/80%`: the first two, and how many more there are. */
export function formatTargets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return none;
  return listWithMore(
    metrics.map((metric, index) => formatTarget(metric, status?.currentMetrics?.[index])),
    2,
    ', ',
  );
}

function formatTarget(metric: MetricSpec, current: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
      return formatValue(metric.external?.target, current?.external?.current);
    case 'Pods':
      return `${current?.pods ? (current.pods.current.averageValue ?? '0') : unknown}/${metric.pods?.target.averageValue ?? '0'}`;
    case 'Object':
      return formatValue(metric.object?.target, current?.object?.current);
    case 'Resource':
      return `${metric.resource?.name}: ${formatUtilization(metric.resource?.target, current?.resource?.current)}`;
    case 'ContainerResource':
      return `${metric.containerResource?.name}: ${formatUtilization(metric.containerResource?.target, current?.containerResource?.current)}`;
    default:
      return '<unknown type>';
  }
}

type Values = { averageUtilization?: number; averageValue?: string; value?: string };

function formatValue(target: Values | undefined, current: Values | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current ? (current.value ?? '0') : unknown}/${target?.value ?? '0'}`;
}

function formatUtilization(target: Values | undefined, current: Values | undefined): string {
  if (target?.averageValue !== undefined)
    return `${current ? (current.averageValue ?? '0') : unknown}/${target.averageValue}`;
  const is = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
  const wanted = target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${is}/${wanted}`;
}
