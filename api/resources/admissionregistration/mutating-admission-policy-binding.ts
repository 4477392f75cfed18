import type { MutatingAdmissionPolicyBinding } from '../../schema/generated/admissionregistration-v1.ts';
import { formatParamRef } from './param-ref.ts';
import { ageColumn, nameColumn } from '../columns.ts';
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

function setBindingDefaults(binding: MutatingAdmissionPolicyBinding): void {
  binding.spec ??= {};
  setMatchResourcesDefaults(binding.spec.matchResources);
}
