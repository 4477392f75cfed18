import type { ValidatingWebhookConfiguration } from '../../schema/generated/admissionregistration-v1.ts';
import { webhookColumns } from './webhook-columns.ts';
import { setWebhookDefaults } from './webhook-defaults.ts';
import { validateValidatingWebhooks } from './webhook-validation.ts';
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
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: 'B0wHjQmsGNk=',
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setConfigurationDefaults,
  validate: validateValidatingWebhooks,
  columns: webhookColumns,
});

function setConfigurationDefaults(configuration: ValidatingWebhookConfiguration): void {
  configuration.webhooks?.forEach(setWebhookDefaults);
}
