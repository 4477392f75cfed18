import type { DeviceClass } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { checkQualifiedName } from '../../meta/field-checks.ts';
import { tooMany, type FieldError } from '../../meta/field-error.ts';
import { validateConfiguration, validateSelectors } from './device-validation.ts';
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

const maxConfigurations = 32;

function validateDeviceClass({ spec }: DeviceClass): FieldError[] {
  const errors: FieldError[] = [];
  validateSelectors(spec.selectors ?? [], 'spec.selectors', errors);
  const config = spec.config ?? [];
  if (config.length > maxConfigurations) errors.push(tooMany('spec.config', config.length, maxConfigurations));
  for (const [index, { opaque }] of config.entries()) validateConfiguration(opaque, `spec.config[${index}]`, errors);
  if (spec.extendedResourceName !== undefined)
    checkQualifiedName(spec.extendedResourceName, 'spec.extendedResourceName', errors);
  return errors;
}
