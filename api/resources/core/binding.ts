import type { Binding } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const bindings = defineResource<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  scope: 'Namespaced',
  verbs: ['create'],
  typeName: 'io.k8s.api.core.v1.Binding',
  setDefaults: setBindingDefaults,
  columns: [],
});

function setBindingDefaults(binding: Binding): void {
  binding.target ??= {};
}
