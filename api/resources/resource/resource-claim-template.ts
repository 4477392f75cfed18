import type { ResourceClaimTemplate, ResourceClaimTemplateSpec } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setDeviceClaimDefaults } from './device-defaults.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { immutable } from '../../meta/field-checks.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { validateTemplateMeta } from '../core/volume-sources.ts';
import { validateDeviceClaim } from './device-validation.ts';
import { internalTemplateSpec } from './internal-claim.ts';
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
  validate: validateTemplate,
  validateUpdate: validateTemplateUpdate,
  columns: [nameColumn, ageColumn],
});

function setTemplateDefaults(template: ResourceClaimTemplate): void {
  const spec = (template.spec ??= {} as ResourceClaimTemplateSpec);
  spec.metadata ??= {};
  spec.spec ??= {};
  setDeviceClaimDefaults((spec.spec.devices ??= {}));
}

function validateTemplate({ spec }: ResourceClaimTemplate): FieldError[] {
  const errors: FieldError[] = [];
  validateTemplateMeta(spec.metadata ?? {}, 'spec.metadata', errors);
  validateDeviceClaim(spec.spec.devices ?? {}, 'spec.spec.devices', errors);
  return errors;
}

function validateTemplateUpdate(next: ResourceClaimTemplate, old: ResourceClaimTemplate): FieldError[] {
  if (semanticEqual(next.spec, old.spec)) return [];
  return [invalidValue('spec', internalTemplateSpec(next.spec), immutable)];
}
