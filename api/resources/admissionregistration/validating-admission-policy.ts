import type { ValidatingAdmissionPolicy } from '../../schema/generated/admissionregistration-v1.ts';
import { unset } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setMatchResourcesDefaults } from './webhook-defaults.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { validateValidatingPolicy, validateValidatingPolicyStatus } from './policy-validation.ts';
import { defineResource } from '../define-resource.ts';

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  storagePrefix: 'validatingadmissionpolicies',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: '6OxvlMmQ6is=',
  subresources: {
    status: { kind: 'ValidatingAdmissionPolicy', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setPolicyDefaults,
  prepareForCreate: (policy) => {
    policy.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  validate: validateValidatingPolicy,
  validateStatusUpdate: validateValidatingPolicyStatus,
  columns: [
    nameColumn,
    {
      name: 'Validations',
      type: 'integer',
      description: 'Validations indicates the number of validation rules defined in this configuration',
      cell: (policy) => policy.spec?.validations?.length ?? 0,
    },
    {
      name: 'ParamKind',
      type: 'string',
      description: 'ParamKind specifies the kind of resources used to parameterize this policy',
      cell: ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion ?? ''}/${spec.paramKind.kind ?? ''}` : unset),
    },
    ageColumn,
  ],
});

function setPolicyDefaults(policy: ValidatingAdmissionPolicy): void {
  policy.spec ??= {};
  policy.status ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  setMatchResourcesDefaults(policy.spec.matchConstraints);
}
