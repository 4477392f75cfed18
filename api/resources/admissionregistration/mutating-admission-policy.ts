import type { MutatingAdmissionPolicy } from '../../schema/generated/admissionregistration-v1.ts';
import { unset } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setMatchResourcesDefaults } from './webhook-defaults.ts';
import { validateMutatingPolicy } from './policy-validation.ts';
import { defineResource } from '../define-resource.ts';

export const mutatingAdmissionPolicies = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  storagePrefix: 'mutatingadmissionpolicies',
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: 'LYmCf+UMVdg=',
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setPolicyDefaults,
  validate: validateMutatingPolicy,
  columns: [
    nameColumn,
    {
      name: 'Mutations',
      type: 'integer',
      description: 'Mutation indicates the number of mutations rules defined in this configuration',
      cell: (policy) => policy.spec?.mutations?.length ?? 0,
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

function setPolicyDefaults(policy: MutatingAdmissionPolicy): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  setMatchResourcesDefaults(policy.spec.matchConstraints);
}
