import type { PodTemplate } from '../../schema/generated/core-v1.ts';
import { formatLabels } from '../../meta/printers.ts';
import { nameColumn } from '../columns.ts';
import { setPodTemplateDefaults } from './pod-defaults.ts';
import type { FieldError } from '../../meta/field-error.ts';
import { validatePodTemplate } from './pod-template-validation.ts';
import { hasNewGeneration, warnOfTemplate } from './pod-warnings.ts';
import { dropDisabledFields } from './pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';

export const podTemplates = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.PodTemplate',
  storagePrefix: 'podtemplates',
  returnsDeletedObject: true,
  storageVersionHash: 'LIXB2x4IFpk=',
  hasGeneration: true,
  setDefaults: setPodTemplateObjectDefaults,
  prepareForCreate: ({ template }) => dropDisabledFields(template?.spec),
  prepareForUpdate: (next, old) => dropDisabledFields(next.template?.spec, old.template?.spec),
  validate: validateTemplate,
  warnings: podTemplateWarnings,
  columns: [
    nameColumn,
    {
      name: 'Containers',
      type: 'string',
      description: 'Names of each container in the template.',
      cell: (template) => (template.template?.spec?.containers ?? []).map((c) => c.name).join(','),
    },
    {
      name: 'Images',
      type: 'string',
      description: 'Images referenced by each container in the template.',
      cell: (template) => (template.template?.spec?.containers ?? []).map((c) => c.image ?? '').join(','),
    },
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'The labels for the pod template.',
      cell: (template) => formatLabels(template.template?.metadata?.labels),
    },
  ],
});

function setPodTemplateObjectDefaults(object: PodTemplate): void {
  setPodTemplateDefaults((object.template ??= {}));
}

function validateTemplate({ template }: PodTemplate): FieldError[] {
  const errors: FieldError[] = [];
  if (template) validatePodTemplate(template, 'template', errors);
  return errors;
}

function podTemplateWarnings(next: PodTemplate, old?: PodTemplate): string[] {
  const warnings: string[] = [];
  if (next.template && hasNewGeneration(next, old)) warnOfTemplate(next.template, 'template', warnings);
  return warnings;
}
