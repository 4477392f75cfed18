import type { ValidatingWebhookConfiguration } from '../../schema/generated/admissionregistration-v1.ts';
import { defineResource } from '../define-resource.ts';

export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  storagePrefix: 'validatingwebhookconfigurations',
  storageVersionHash: 'B0wHjQmsGNk=',
  hasGeneration: true,
  columns: [],
});
