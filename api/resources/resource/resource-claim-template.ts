import type { ResourceClaimTemplate, ResourceClaimTemplateSpec } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setDeviceClaimDefaults } from './device-defaults.ts';
import { defineResource } from '../define-resource.ts';

export const resourceClaimTemplates = defineResource<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  storagePrefix: 'resourceclaimtemplates',
  returnsDeletedObject: true,
  storageVersionHash: 'TuzjC49aUfM=',
  setDefaults: setTemplateDefaults,
  columns: [nameColumn, ageColumn],
});

function setTemplateDefaults(template: ResourceClaimTemplate): void {
  const spec = (template.spec ??= {} as ResourceClaimTemplateSpec);
  spec.metadata ??= {};
  spec.spec ??= {};
  setDeviceClaimDefaults((spec.spec.devices ??= {}));
}
