import { compareObjects, type Difference } from './compare.ts';
import { emptySet, onlyMatching, recursiveDifference, setOf, type FieldSet } from './field-set.ts';
import type { TypeNode } from './type-node.ts';

/** A path below the object's root: `['metadata', 'deletionTimestamp']`. In `onlyFields`, `*` is any key or item. */
export type FieldPath = readonly string[];

/** What a manager can own through one endpoint. Give the same object for the same endpoint every time. */
export interface FieldLimits {
  /** What the endpoint's strategy undoes, with all below it. */
  readonly resetFields?: readonly FieldPath[];
  /** All that the endpoint lets through, where that is easier to say. */
  readonly onlyFields?: readonly FieldPath[];
}

const status: FieldLimits = { resetFields: [['status']] };
const allButStatus: FieldLimits = { resetFields: [['metadata'], ['spec']] };

/** Endpoints that differ from the rule: `group/plural`, and the subresource behind a slash. */
const exceptions: Readonly<Record<string, FieldLimits>> = {
  '/pods/status': { resetFields: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']] },
  '/pods/ephemeralcontainers': { onlyFields: [['spec', 'ephemeralContainers']] },
  '/pods/resize': {
    onlyFields: [
      ['spec', 'containers', '*', 'resources'],
      ['spec', 'containers', '*', 'resizePolicy'],
      ['spec', 'initContainers', '*', 'resources'],
      ['spec', 'initContainers', '*', 'resizePolicy'],
      ['spec', 'resources'],
    ],
  },
  '/namespaces/finalize': status,
  'apps/deployments/status': { resetFields: [['spec'], ['metadata', 'labels']] },
  'certificates.k8s.io/certificatesigningrequests': { resetFields: [['spec'], ['status']] },
  'certificates.k8s.io/certificatesigningrequests/status': { resetFields: [['spec'], ['status', 'conditions']] },
  'certificates.k8s.io/certificatesigningrequests/approval': { resetFields: [['spec'], ['status', 'certificate']] },
  'flowcontrol.apiserver.k8s.io/flowschemas/status': allButStatus,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/status': allButStatus,
  'storage.k8s.io/volumeattachments/status': allButStatus,
  'apiregistration.k8s.io/apiservices/status': allButStatus,
  'resource.k8s.io/resourceclaims/status': allButStatus,
  'admissionregistration.k8s.io/validatingadmissionpolicies/status': allButStatus,
  'apiextensions.k8s.io/customresourcedefinitions/status': allButStatus,
};

const nothing: FieldLimits = {};
const spec: FieldLimits = { resetFields: [['spec']] };

/** What upstream's strategy of an endpoint resets. `subresource` is '' for the resource itself. */
export function fieldLimitsOf(
  resource: {
    readonly group: string;
    readonly plural: string;
    readonly subresources: Readonly<Record<string, unknown>>;
  },
  subresource: string,
  options: { readonly isCustom?: boolean } = {},
): FieldLimits {
  const { group, plural } = resource;
  const key = `${group}/${plural}${subresource ? `/${subresource}` : ''}`;
  if (Object.hasOwn(exceptions, key)) return exceptions[key]!;
  if (subresource === '') return 'status' in resource.subresources ? status : nothing;
  if (subresource === 'status') return options.isCustom ? allButStatus : spec;
  return nothing;
}

/** Limits made ready for sets. */
export interface FieldFilter {
  (set: FieldSet): FieldSet;
  /** Fields of the object of which nothing passes: they need not be looked at. */
  readonly unowned: readonly string[];
}

/**
 * Returns what makes filters of limits. The set of a list of `resetFields` is built once, by the identity of the list.
 * A filter never changes the set it is given.
 */
export function fieldFilters(): (limits: FieldLimits) => FieldFilter {
  const resetSets = new WeakMap<readonly FieldPath[], FieldSet>();
  const resetOf = (paths: readonly FieldPath[] | undefined): FieldSet => {
    if (!paths) return emptySet;
    let set = resetSets.get(paths);
    if (!set) resetSets.set(paths, (set = setOf(...paths.map(elementsOf))));
    return set;
  };
  return ({ resetFields, onlyFields }) => {
    const reset = resetOf(resetFields);
    const only = onlyFields?.map(elementsOf);
    const filter = (set: FieldSet): FieldSet => {
      const kept = recursiveDifference(set, reset);
      return only ? onlyMatching(kept, only) : kept;
    };
    const unowned = (resetFields ?? []).flatMap((path) => (path.length === 1 ? [path[0]!] : []));
    return Object.assign(filter, { unowned });
  };
}

const elementsOf = (path: FieldPath): string[] => path.map((name) => (name === '*' ? name : `f:${name}`));

/** As `compareObjects`, of what can be owned. */
export function compareOwnable(node: TypeNode, live: object, next: object, filter: FieldFilter): Difference {
  const { unowned } = filter;
  const { changed, removed } = compareObjects(node, without(unowned, live), without(unowned, next));
  return { changed: filter(changed), removed: filter(removed) };
}

function without(fields: readonly string[], object: object): object {
  if (fields.length === 0) return object;
  const rest = { ...object } as Record<string, unknown>;
  // Of no value rather than gone: an object that loses keys is slow to read.
  for (const field of fields) if (rest[field] !== undefined) rest[field] = undefined;
  return rest;
}
