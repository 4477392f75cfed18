import type { CustomResourceDefinition } from '../../schema/generated/apiextensions-v1.ts';
import { defaultColumns } from '../columns.ts';
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
  storageVersionHash: 'jfWCUB31mvA=',
  subresources: {
    status: { kind: 'CustomResourceDefinition', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  columns: defaultColumns,
});
