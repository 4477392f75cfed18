import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { isDns1035Label, isFullyQualifiedName } from '../../meta/names.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../../schema/generated/admissionregistration-v1.ts';
import { validateWebhookService, validateWebhookUrl } from '../apiextensions/webhook-client-validation.ts';
import { checkMatchPolicy, failurePolicies, validateMatchConditions, validateRule } from './rule-validation.ts';

const sideEffects = ['None', 'NoneOnDryRun'];
const reviewVersions = ['v1', 'v1beta1'];
const maxTimeoutSeconds = 30;
const reinvocationPolicies = ['IfNeeded', 'Never'];

/**
 * Upstream's `ValidateValidatingWebhookConfiguration`, after defaults. Names are unique, and each webhook takes a
 * version of AdmissionReview that upstream knows; whether it can be reached is not asked.
 */
export function validateValidatingWebhooks({ webhooks }: ValidatingWebhookConfiguration): FieldError[] {
  const errors: Errors = [];
  validateWebhooks(webhooks ?? [], () => {}, errors);
  return errors;
}

/** Upstream's `ValidateMutatingWebhookConfiguration`: as `validateValidatingWebhooks`, and the reinvocation policy. */
export function validateMutatingWebhooks({ webhooks }: MutatingWebhookConfiguration): FieldError[] {
  const errors: Errors = [];
  validateWebhooks(
    webhooks ?? [],
    ({ reinvocationPolicy: policy }: MutatingWebhook, path) => {
      if (policy !== undefined && !reinvocationPolicies.includes(policy))
        errors.push(unsupported(`${path}.reinvocationPolicy`, policy, reinvocationPolicies));
    },
    errors,
  );
  return errors;
}

/** Checks the fields that only one of the two kinds of webhooks has. */
type OwnChecks<W> = (webhook: W, path: string) => void;

function validateWebhooks<W extends ValidatingWebhook | MutatingWebhook>(
  webhooks: readonly W[],
  validateOwn: OwnChecks<W>,
  errors: Errors,
): void {
  const names = new Set<string>();
  for (const [index, webhook] of webhooks.entries()) {
    const at = `webhooks[${index}]`;
    validateWebhook(webhook, validateOwn, at, errors);
    validateReviewVersions(webhook.admissionReviewVersions ?? [], `${at}.admissionReviewVersions`, errors);
    if (!webhook.name) continue;
    if (names.has(webhook.name)) errors.push(duplicate(`${at}.name`, webhook.name));
    names.add(webhook.name);
  }
}

function validateWebhook<W extends ValidatingWebhook | MutatingWebhook>(
  webhook: W,
  validateOwn: OwnChecks<W>,
  path: string,
  errors: Errors,
): void {
  const whyNotName = webhook.name ? isFullyQualifiedName(webhook.name) : [];
  if (whyNotName.length > 0) errors.push(invalidValue(`${path}.name`, webhook.name, whyNotName.join(',')));
  if (!webhook.name) errors.push(required(`${path}.name`));
  for (const [index, rule] of (webhook.rules ?? []).entries()) validateRule(rule, `${path}.rules[${index}]`, errors);
  const { failurePolicy, sideEffects: effects, timeoutSeconds } = webhook;
  if (failurePolicy !== undefined && !failurePolicies.includes(failurePolicy))
    errors.push(unsupported(`${path}.failurePolicy`, failurePolicy, failurePolicies));
  checkMatchPolicy(webhook.matchPolicy, `${path}.matchPolicy`, errors);
  if (effects === undefined)
    errors.push(required(`${path}.sideEffects`, `must specify one of ${sideEffects.join(', ')}`));
  else if (!sideEffects.includes(effects)) errors.push(unsupported(`${path}.sideEffects`, effects, sideEffects));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > maxTimeoutSeconds)) {
    const why = `the timeout value must be between 1 and ${maxTimeoutSeconds} seconds`;
    errors.push(invalidValue(`${path}.timeoutSeconds`, timeoutSeconds, why));
  }
  validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`, errors);
  validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`, errors);
  validateOwn(webhook, path);
  validateClientConfig(webhook.clientConfig, `${path}.clientConfig`, errors);
  validateMatchConditions(webhook.matchConditions, `${path}.matchConditions`, errors);
}

function validateClientConfig({ url, service }: WebhookClientConfig, path: string, errors: Errors): void {
  if ((url === undefined) === (service === undefined))
    errors.push(required(path, 'exactly one of url or service is required'));
  else if (url !== undefined) validateWebhookUrl(url, `${path}.url`, errors);
  else if (service) validateWebhookService(service, `${path}.service`, errors);
}

function validateReviewVersions(versions: readonly string[], path: string, errors: Errors): void {
  const list = reviewVersions.join(', ');
  if (versions.length === 0) {
    errors.push(required(path, `must specify one of ${list}`));
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) {
      errors.push(invalidValue(`${path}[${index}]`, version, 'duplicate version'));
      continue;
    }
    seen.add(version);
    addInvalid(isDns1035Label(version), `${path}[${index}]`, version, errors);
  }
  if (!versions.some((version) => reviewVersions.includes(version)))
    errors.push(invalidValue(path, versions, `must include at least one of ${list}`));
}
