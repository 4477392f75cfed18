import type { Container, EphemeralContainer, PodSpec, PodTemplateSpec } from '../../schema/generated/core-v1.ts';

/**
 * Drops what belongs to features that upstream has off unless asked for: stop signals of containers, projected trust
 * bundles and pod certificates, scheduling groups. What an object has already it keeps.
 */
export function dropDisabledFields(spec: PodSpec | undefined, old?: PodSpec): void {
  if (!spec) return;
  if (!old?.schedulingGroup) delete spec.schedulingGroup;
  for (const field of ['clusterTrustBundle', 'podCertificate'] as const) {
    if (old && hasProjection(old, field)) continue;
    for (const { projected } of spec.volumes ?? [])
      for (const source of projected?.sources ?? []) if (source[field]) delete source[field];
  }
  if (old && containersOf(old).some(({ lifecycle }) => lifecycle?.stopSignal)) return;
  for (const container of containersOf(spec)) {
    if (!container.lifecycle?.stopSignal) continue;
    delete container.lifecycle.stopSignal;
    if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
  }
}

interface Workload {
  spec?: { template?: PodTemplateSpec };
}

/** As `dropDisabledFields`, for the template of a workload. */
export function dropDisabledTemplateFields(next: Workload, old?: Workload): void {
  dropDisabledFields(next.spec?.template?.spec, old?.spec?.template?.spec);
}

function hasProjection({ volumes }: PodSpec, field: 'clusterTrustBundle' | 'podCertificate'): boolean {
  return (volumes ?? []).some(({ projected }) => projected?.sources?.some((source) => source[field]) ?? false);
}

function containersOf({
  initContainers = [],
  containers,
  ephemeralContainers = [],
}: PodSpec): (Container | EphemeralContainer)[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}
