import type { MutatingWebhookConfiguration } from '../../schema/generated/admissionregistration-v1.ts';
import { webhookColumns } from './webhook-columns.ts';
import { setWebhookDefaults } from './webhook-defaults.ts';
import { validateMutatingWebhooks } from './webhook-validation.ts';
import { defineResource } from '../define-resource.ts';

export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  categories: ['api-extensions'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  storagePrefix: 'mutatingwebhookconfigurations',
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: 'Sqi0GUgDaX0=',
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setConfigurationDefaults,
  validate: validateMutatingWebhooks,
  columns: webhookColumns,
});

function setConfigurationDefaults(configuration: MutatingWebhookConfiguration): void {
  for (const webhook of configuration.webhooks ?? []) {
    setWebhookDefaults(webhook);
    webhook.reinvocationPolicy ??= 'Never';
  }
}
