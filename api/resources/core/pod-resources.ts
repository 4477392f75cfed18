import { addQuantities, compareQuantities, formatQuantity } from '../../meta/quantity.ts';
import type { Container, PodSpec } from '../../schema/generated/core-v1.ts';

export type ResourceList = Record<string, string>;
type Side = 'requests' | 'limits';

/**
 * What the containers of a pod need together: all that run at once, or the most that one needs while the pod starts.
 * Sidecars (init containers with restartPolicy Always) run beside what comes after them.
 */
export function aggregateResources(spec: PodSpec, side: Side): ResourceList {
  const total: ResourceList = {};
  for (const container of spec.containers) add(total, container.resources?.[side]);
  const sidecars: ResourceList = {};
  const starting: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[side];
    if (isSidecar(container)) {
      add(total, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      const now = { ...sidecars };
      add(now, own);
      raise(starting, now);
    }
  }
  raise(total, starting);
  return total;
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

function add(total: ResourceList, list: ResourceList | undefined): void {
  for (const name in list) {
    const sum = total[name];
    total[name] = sum === undefined ? list[name]! : formatQuantity(addQuantities(sum, list[name]!));
  }
}

function raise(total: ResourceList, list: ResourceList): void {
  for (const name in list) {
    if (total[name] === undefined || compareQuantities(list[name]!, total[name]) > 0) total[name] = list[name]!;
  }
}

/** The resources that may be given for a whole pod. */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** Fills resources of the whole pod that are given in part, from its containers and from its own limits. */
export function setPodLevelResourceDefaults(spec: PodSpec): void {
  const resources = spec.resources;
  if (!resources) return;
  if (resources.limits || spec.containers.some((c) => c.resources?.limits)) {
    const limits = resources.limits ?? {};
    for (const [name, limit] of Object.entries(aggregateResources(spec, 'limits'))) {
      if (name.startsWith('hugepages-')) limits[name] ??= limit;
    }
    if (Object.keys(limits).length > 0) resources.limits = limits;
  }
  if (!resources.limits || Object.keys(resources.limits).length === 0) return;
  const requests = resources.requests ?? {};
  for (const [name, request] of Object.entries(aggregateResources(spec, 'requests'))) {
    if (isPodLevelResource(name) && !name.startsWith('hugepages-')) requests[name] ??= request;
  }
  for (const [name, limit] of Object.entries(resources.limits)) {
    if (isPodLevelResource(name)) requests[name] ??= limit;
  }
  if (Object.keys(requests).length > 0) resources.requests = requests;
}
