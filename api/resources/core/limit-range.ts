import type { LimitRange } from '../../schema/generated/core-v1.ts';
import { defaultColumns } from '../columns.ts';
import { defineResource } from '../define-resource.ts';

export const limitRanges = defineResource<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.LimitRange',
  storagePrefix: 'limitranges',
  storageVersionHash: 'EBKMFVe6cwo=',
  allowCreateOnUpdate: true,
  columns: defaultColumns,
});
