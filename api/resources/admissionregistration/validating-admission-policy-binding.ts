import type {
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
} from '../../schema/generated/admissionregistration-v1.ts';
import { bindingColumns } from './binding-columns.ts';
import { setMatchResourcesDefaults } from './webhook-defaults.ts';
import { validateValidatingBinding } from './policy-validation.ts';
import { defineResource } from '../define-resource.ts';

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  storagePrefix: 'validatingadmissionpolicybindings',
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: 'v9715VZqakg=',
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setBindingDefaults,
  validate: validateValidatingBinding,
  columns: bindingColumns,
});

function setBindingDefaults(binding: ValidatingAdmissionPolicyBinding): void {
  binding.spec ??= {} as ValidatingAdmissionPolicyBindingSpec;
  setMatchResourcesDefaults(binding.spec.matchResources);
}
