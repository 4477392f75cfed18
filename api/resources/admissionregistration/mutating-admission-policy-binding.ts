import type { MutatingAdmissionPolicyBinding } from '../../schema/generated/admissionregistration-v1.ts';
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
  storageVersionHash: '90V5FRZZ3Zg=',
  hasGeneration: true,
  columns: [],
});
