/** What resources of pods, nodes and quotas may be called. */
import { isQualifiedName } from '../../meta/names.ts';

/** Those that are counted in whole objects. */
const countedResources = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

const standardResources = new Set([
  ...countedResources,
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'storage',
  'requests.storage',
]);

/** True of `hugepages-2Mi` and the like, whatever stands for the size; false of a quota's `requests.hugepages-2Mi`. */
export function isHugePagesResource(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** Names that need no domain. */
export function isStandardResource(name: string): boolean {
  return standardResources.has(name) || isHugePagesResource(name) || name.startsWith('requests.hugepages-');
}

/**
 * What a container may ask for without a domain: CPU, memory, ephemeral storage and huge pages. What only quotas know
 * (`limits.cpu`, `pods`) is not among it.
 */
export function isStandardContainerResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || isHugePagesResource(name);
}

/** Kubernetes' own: without a domain, or in kubernetes.io. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** A device or another resource that a node offers under somebody's domain. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith('requests.')) return false;
  return isQualifiedName(`requests.${name}`).length === 0;
}

/** True where a quantity must be whole: of objects that quotas count, and of extended resources. */
export function isIntegerResource(name: string): boolean {
  return countedResources.has(name) || isExtendedResource(name);
}

/** May a container use more than it requests? */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePagesResource(name);
}
