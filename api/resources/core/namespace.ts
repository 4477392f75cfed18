import type { Namespace } from '../../schema/generated/core-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepField, keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { isQualifiedName, isStandardFinalizer, nameIsDnsLabel } from '../../meta/names.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { defineResource } from '../define-resource.ts';

export const namespaces = defineResource<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  scope: 'Cluster',
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  typeName: 'io.k8s.api.core.v1.Namespace',
  storagePrefix: 'namespaces',
  storageVersionHash: 'Q3oi5N2YM8M=',
  subresources: {
    finalize: { kind: 'Namespace', verbs: ['update'] },
    status: { kind: 'Namespace', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setNamespaceDefaults,
  prepareForCreate: (namespace) => {
    namespace.status = { phase: 'Active' };
    setNameLabel(namespace);
    const spec = (namespace.spec ??= {});
    if (!spec.finalizers?.includes('kubernetes')) spec.finalizers = [...(spec.finalizers ?? []), 'kubernetes'];
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    keepField((next.spec ??= {}), old.spec ?? {}, 'finalizers');
  },
  prepareForStatusUpdate: keepSpec,
  validateName: nameIsDnsLabel,
  validate: (namespace) => validateNamespaceFinalizers(namespace, () => 'spec.finalizers'),
  // The finalizers change by another endpoint.
  validateUpdate: () => [],
  validateStatusUpdate: validateStatus,
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'The status of the namespace',
      cell: (namespace) => namespace.status?.phase ?? '',
    },
    ageColumn,
  ],
  selectableFields: {
    'status.phase': (namespace) => namespace.status?.phase ?? '',
  },
});

function setNamespaceDefaults(namespace: Namespace): void {
  namespace.spec ??= {};
  (namespace.status ??= {}).phase ||= 'Active';
  nullConditionTimes(namespace.status, 'lastTransitionTime');
  setNameLabel(namespace);
}

/** Every namespace carries its name as a label, so that selectors can name namespaces. */
function setNameLabel({ metadata }: Namespace): void {
  if (metadata.name) (metadata.labels ??= {})['kubernetes.io/metadata.name'] = metadata.name;
}

/** A namespace is terminating from when it is deleted until it is gone, and at no other time. */
function validateStatus({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  if (!metadata.deletionTimestamp) {
    const why = "may only be 'Active' if `deletionTimestamp` is empty";
    return phase === 'Active' ? [] : [invalidValue('status.Phase', phase, why)];
  }
  const why = "may only be 'Terminating' if `deletionTimestamp` is not empty";
  return phase === 'Terminating' ? [] : [invalidValue('status.Phase', phase, why)];
}

/** What is wrong with the names of finalizers; `fieldOf` says where the one at an index stands. */
export function validateNamespaceFinalizers({ spec }: Namespace, fieldOf: (index: number) => string): FieldError[] {
  return (spec?.finalizers ?? []).flatMap((name, index) => {
    const errors = isQualifiedName(name).map((why) => invalidValue(fieldOf(index), name, why));
    if (!name.includes('/') && !isStandardFinalizer(name))
      errors.push(
        invalidValue(fieldOf(index), name, 'name is neither a standard finalizer name nor is it fully qualified'),
      );
    return errors;
  });
}
