import type { DeviceClass } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { isExtendedResource } from '../core/resource-names.ts';
import { checkItems } from './device-lists.ts';
import { maxConfigurations, validateConfiguration, validateSelectors } from './device-validation.ts';
import { nameIsLongName } from '../../meta/names.ts';
import { defineResource } from '../define-resource.ts';

export const deviceClasses = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  scope: 'Cluster',
  typeName: 'io.k8s.api.resource.v1.DeviceClass',
  storagePrefix: 'deviceclasses',
  returnsDeletedObject: true,
  storageVersionHash: 'Yk2PTc1Ybxk=',
  hasGeneration: true,
  validateName: nameIsLongName,
  setDefaults: setDeviceClassDefaults,
  validate: validateDeviceClass,
  columns: [nameColumn, ageColumn],
});

function setDeviceClassDefaults(deviceClass: DeviceClass): void {
  deviceClass.spec ??= {};
}

function validateDeviceClass({ spec }: DeviceClass): FieldError[] {
  const errors: FieldError[] = [];
  validateSelectors(spec.selectors ?? [], 'spec.selectors', errors);
  checkItems(spec.config ?? [], { max: maxConfigurations, path: 'spec.config', errors }, ({ opaque }, at) => {
    validateConfiguration(opaque, at, errors);
  });
  const name = spec.extendedResourceName;
  if (name !== undefined && !isExtendedResource(name))
    errors.push(invalidValue('spec.extendedResourceName', name, 'must be a valid extended resource name'));
  return errors;
}
