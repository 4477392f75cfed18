import type { ValidatingAdmissionPolicy } from '../../schema/generated/admissionregistration-v1.ts';
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
  storageVersionHash: '6OxvlMmQ6is=',
  subresources: {
    status: { kind: 'ValidatingAdmissionPolicy', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
