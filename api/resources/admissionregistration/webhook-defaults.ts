import type {
  MatchResources,
  MutatingWebhook,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../schema/generated/admissionregistration-v1.ts';

/** Fills what both sorts of admission webhook have. */
export function setWebhookDefaults(webhook: MutatingWebhook | ValidatingWebhook): void {
  setClientConfigDefaults((webhook.clientConfig ??= {}));
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

function setClientConfigDefaults({ service }: WebhookClientConfig): void {
  if (service) service.port ??= 443;
}

/** Fills what an admission policy or its binding matches. */
export function setMatchResourcesDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of match.resourceRules ?? []) rule.scope ??= '*';
  for (const rule of match.excludeResourceRules ?? []) rule.scope ??= '*';
}
