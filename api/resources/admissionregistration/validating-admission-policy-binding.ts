import type { ValidatingAdmissionPolicyBinding } from '../../schema/generated/admissionregistration-v1.ts';
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
  storageVersionHash: 'v9715VZqakg=',
  hasGeneration: true,
  columns: [],
});
