import type { ConfigMap } from '../../schema/generated/core-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { invalidValue, tooLong, type FieldError } from '../../meta/field-error.ts';
import { bytesOfBase64, checkFrozen, checkKeys, dataMaxBytes } from './key-value-validation.ts';
import { defineResource } from '../define-resource.ts';

export const configMaps = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ConfigMap',
  storagePrefix: 'configmaps',
  storageVersionHash: 'qFsyl6wFWjQ=',
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'string',
      description:
        "Data contains the configuration data. Each key must consist of alphanumeric characters, '-', '_' or '.'. Values with non-UTF-8 byte sequences must use the BinaryData field. The keys stored in Data must not overlap with the keys in the BinaryData field, this is enforced during validation process.",
      cell: (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    },
    ageColumn,
  ],
});

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  checkKeys(data, 'data', errors);
  for (const key in data) {
    if (Object.hasOwn(binaryData, key))
      errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    bytes += Buffer.byteLength(data[key]!);
  }
  checkKeys(binaryData, 'binaryData', errors);
  for (const key in binaryData) bytes += bytesOfBase64(binaryData[key]!);
  // The error is of the object as a whole.
  if (bytes > dataMaxBytes) errors.push(tooLong('[]', dataMaxBytes));
  return errors;
}

function validateConfigMapUpdate(next: ConfigMap, old: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  checkFrozen(next, old, errors);
  errors.push(...validateConfigMap(next));
  return errors;
}
