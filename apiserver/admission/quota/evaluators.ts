import { compareQuantities } from '../../../api/meta/quantity.ts';
import type { PersistentVolumeClaim, Service } from '../../../api/schema/generated/core-v1.ts';
import type { ResourceClaim } from '../../../api/schema/generated/resource-v1.ts';
import type { AdmissionRequest } from '../admission.ts';
import type { Evaluator } from './evaluator.ts';
import { podEvaluator } from './pod-evaluator.ts';
import { addAmounts } from './resource-lists.ts';
import { matchesSelector } from './scope-selector.ts';

const storageClassSuffix = '.storageclass.storage.k8s.io/';
const deviceClassSuffix = '.deviceclass.resource.k8s.io/devices';

const serviceEvaluator: Evaluator = {
  handlesUpdate: () => true,
  measures: (name) => ['services', 'services.nodeports', 'services.loadbalancers', 'count/services'].includes(name),
  usage: (object) => {
    const { spec } = object as Service;
    const ports = spec?.ports ?? [];
    const usage = {
      services: '1',
      'count/services': '1',
      'services.nodeports': '0',
      'services.loadbalancers': '0',
    };
    if (spec?.type === 'NodePort') usage['services.nodeports'] = String(ports.length);
    if (spec?.type === 'LoadBalancer') {
      const counted = spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort) : ports;
      usage['services.nodeports'] = String(counted.length);
      usage['services.loadbalancers'] = '1';
    }
    return usage;
  },
};

const claimEvaluator: Evaluator = {
  handlesUpdate: () => true,
  measures: (name) =>
    ['persistentvolumeclaims', 'requests.storage', 'count/persistentvolumeclaims'].includes(name) ||
    name.includes(storageClassSuffix),
  usage: (object) => {
    const { metadata, spec, status } = object as PersistentVolumeClaim;
    const usage: Record<string, string> = { persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1' };
    const className = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '';
    if (className) usage[`${className}${storageClassSuffix}persistentvolumeclaims`] = '1';
    const requested = spec?.resources?.requests?.['storage'];
    if (requested === undefined) return usage;
    const allocated = status?.allocatedResources?.['storage'];
    // A shrink that has not happened yet still holds what it held.
    const held = allocated !== undefined && compareQuantities(allocated, requested) > 0 ? allocated : requested;
    usage['requests.storage'] = held;
    if (className) usage[`${className}${storageClassSuffix}requests.storage`] = held;
    return usage;
  },
  matchesScope: (object, scope) => {
    if (scope.scopeName !== 'VolumeAttributesClass') return false;
    const { spec, status } = object as PersistentVolumeClaim;
    const names = [
      spec?.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ].filter((name) => !!name);
    return names.length ? names.some((name) => matchesSelector(scope, name)) : matchesSelector(scope, undefined);
  },
};

const resourceClaimEvaluator: Evaluator = {
  handlesUpdate: () => true,
  measures: (name) => name === 'count/resourceclaims.resource.k8s.io' || name.endsWith(deviceClassSuffix),
  usage: (object) => {
    let usage: Record<string, string> = { 'count/resourceclaims.resource.k8s.io': '1' };
    for (const { exactly, firstAvailable } of (object as ResourceClaim).spec.devices?.requests ?? []) {
      // Of alternatives any may be taken, so that each class is charged for the dearest.
      const byClass = new Map<string, number>();
      for (const choice of exactly ? [exactly] : (firstAvailable ?? [])) {
        // All devices of a claim at most, where all that fit are wanted.
        const count = choice.allocationMode === 'All' ? 32 : (choice.count ?? 1);
        byClass.set(choice.deviceClassName, Math.max(byClass.get(choice.deviceClassName) ?? 0, count));
      }
      for (const [className, count] of byClass) {
        usage = addAmounts(usage, { [`${className}${deviceClassSuffix}`]: String(count) });
      }
    }
    return usage;
  },
};

const special: Readonly<Record<string, Evaluator>> = {
  '/pods': podEvaluator,
  '/services': serviceEvaluator,
  '/persistentvolumeclaims': claimEvaluator,
  'resource.k8s.io/resourceclaims': resourceClaimEvaluator,
};

/** Core resources whose number has a name from before `count/…`. */
const oldNames = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
const ignored = new Set(['/events', 'events.k8s.io/events', '/bindings']);

/** Undefined for what no quota counts. */
export function evaluatorOf(row: AdmissionRequest['row']): Evaluator | undefined {
  const { group, plural, scope, storagePrefix, storedAs } = row;
  const key = `${group}/${plural}`;
  if (scope !== 'Namespaced' || (!storagePrefix && !storedAs) || ignored.has(key)) return undefined;
  return special[key] ?? countEvaluator(group, plural);
}

function countEvaluator(group: string, plural: string): Evaluator {
  const names = [`count/${plural}${group ? `.${group}` : ''}`, ...(!group && oldNames.has(plural) ? [plural] : [])];
  const usage = Object.fromEntries(names.map((name) => [name, '1']));
  return { measures: (name) => names.includes(name), usage: () => usage };
}
