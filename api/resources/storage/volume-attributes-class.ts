import type { VolumeAttributesClass } from '../../schema/generated/storage-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { forbiddenField, type FieldError } from '../../meta/field-error.ts';
import { checkParameters, checkProvisioner } from './storage-class-validation.ts';
import { defineResource } from '../define-resource.ts';

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  storagePrefix: 'volumeattributesclasses',
  returnsDeletedObject: true,
  storageVersionHash: 'tIjydgKBC5w=',
  validate: validateAttributesClass,
  validateUpdate: validateAttributesClassUpdate,
  columns: [
    {
      ...nameColumn,
      cell: ({ metadata }) =>
        metadata.annotations?.['volumeattributesclass.alpha.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name ?? ''} (default)`
          : (metadata.name ?? ''),
    },
    {
      name: 'DriverName',
      type: 'string',
      description: 'Name of the CSI driver This field is immutable.',
      cell: (attributesClass) => attributesClass.driverName,
    },
    ageColumn,
  ],
});

function validateAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = [];
  checkProvisioner(driverName, 'driverName', errors);
  checkParameters(parameters, false, errors);
  return errors;
}

/** Upstream looks at the class before and after what may not change. */
function validateAttributesClassUpdate(next: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const errors = validateAttributesClass(next);
  if (next.driverName !== old.driverName)
    errors.push(forbiddenField('driverName', 'updates to driverName are forbidden.'));
  if (!semanticEqual(next.parameters, old.parameters))
    errors.push(forbiddenField('parameters', 'updates to parameters are forbidden.'));
  errors.push(...validateAttributesClass(next));
  return errors;
}
