import type { PodTemplate } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const podTemplates = defineResource<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.PodTemplate',
  storagePrefix: 'podtemplates',
  storageVersionHash: 'LIXB2x4IFpk=',
  columns: [],
});
