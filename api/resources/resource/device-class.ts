import type { DeviceClass } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
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
  setDefaults: setDeviceClassDefaults,
  columns: [nameColumn, ageColumn],
});

function setDeviceClassDefaults(deviceClass: DeviceClass): void {
  deviceClass.spec ??= {};
}
