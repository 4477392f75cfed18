import type { MutatingAdmissionPolicy } from '../../schema/generated/admissionregistration-v1.ts';
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
  storageVersionHash: 'LYmCf+UMVdg=',
  hasGeneration: true,
  columns: [],
});
