import type { MutatingAdmissionPolicyBinding } from '../../schema/generated/admissionregistration-v1.ts';
import { bindingColumns } from './binding-columns.ts';
import { setMatchResourcesDefaults } from './webhook-defaults.ts';
import { validateMutatingBinding } from './policy-validation.ts';
import { defineResource } from '../define-resource.ts';

export const mutatingAdmissionPolicyBindings = defineResource<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  storagePrefix: 'mutatingadmissionpolicybindings',
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: '90V5FRZZ3Zg=',
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setBindingDefaults,
  validate: validateMutatingBinding,
  columns: bindingColumns,
});

function setBindingDefaults(binding: MutatingAdmissionPolicyBinding): void {
  binding.spec ??= {};
  setMatchResourcesDefaults(binding.spec.matchResources);
}
