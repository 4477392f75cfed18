import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
} from '../../schema/generated/apiextensions-v1.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { defaultColumns } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { validateDefinitionNames } from './definition-names-validation.ts';
import { defineResource } from '../define-resource.ts';

export const customResourceDefinitions = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  storagePrefix: 'apiextensions.k8s.io/customresourcedefinitions',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  metadataRules: { anyFinalizer: true },
  storageVersionHash: 'jfWCUB31mvA=',
  subresources: {
    status: { kind: 'CustomResourceDefinition', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setDefinitionDefaults,
  prepareForCreate: (definition) => {
    definition.status = emptyStatus();
    noteStoredVersion(definition);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    next.status = structuredClone(next.status);
    noteStoredVersion(next);
  },
  prepareForStatusUpdate: keepSpecAndMetadata,
  // Checked against the spec, in validate.
  validateName: () => [],
  validateStatusUpdate: ({ status }) => {
    const errors: Errors = [];
    if (status?.acceptedNames) validateDefinitionNames(status.acceptedNames, 'status.acceptedNames', errors);
    return errors;
  },
  columns: defaultColumns,
});

function setDefinitionDefaults(definition: CustomResourceDefinition): void {
  const spec = (definition.spec ??= {} as CustomResourceDefinitionSpec);
  const names = (spec.names ??= {} as CustomResourceDefinitionNames);
  names.singular ||= names.kind?.toLowerCase();
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`;
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= 443;
  for (const version of spec.versions ?? []) {
    version.served ??= false;
    version.storage ??= false;
  }
  const status = (definition.status ??= {} as CustomResourceDefinitionStatus);
  status.acceptedNames ??= {} as CustomResourceDefinitionNames;
  status.acceptedNames.plural ??= '';
  status.acceptedNames.kind ??= '';
  const lists = status as { conditions?: unknown; storedVersions?: unknown };
  // Upstream writes both lists also where there is none.
  lists.conditions ??= null;
  lists.storedVersions ??= null;
}

function emptyStatus(): CustomResourceDefinitionStatus {
  // Upstream writes the list also where there is none.
  return { acceptedNames: { plural: '', kind: '' }, conditions: null } as unknown as CustomResourceDefinitionStatus;
}

/** Remembers every version in which objects were ever stored: none of them may go while objects are left in it. */
function noteStoredVersion({ spec, status }: CustomResourceDefinition): void {
  const stored = spec.versions?.find((version) => version.storage)?.name;
  if (!stored || !status || status.storedVersions?.includes(stored)) return;
  status.storedVersions = [...(status.storedVersions ?? []), stored];
}
