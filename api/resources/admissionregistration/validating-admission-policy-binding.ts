import type {
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
} from '../../schema/generated/admissionregistration-v1.ts';
import { formatParamRef } from './param-ref.ts';
import { ageColumn, nameColumn } from '../columns.ts';
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
  columns: [
    nameColumn,
    {
      name: 'PolicyName',
      type: 'string',
      description: 'PolicyName indicates the policy definition which the policy binding binded to',
      cell: (binding) => binding.spec?.policyName ?? '',
    },
    {
      name: 'ParamRef',
      type: 'string',
      description: 'ParamRef indicates the param resource which sets the configuration param',
      cell: (binding) => formatParamRef(binding.spec?.paramRef),
    },
    ageColumn,
  ],
});

function setBindingDefaults(binding: ValidatingAdmissionPolicyBinding): void {
  binding.spec ??= {} as ValidatingAdmissionPolicyBindingSpec;
  setMatchResourcesDefaults(binding.spec.matchResources);
}
