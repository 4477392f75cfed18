import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { formatDuration } from '../../api/meta/duration.ts';
import {
  duplicate,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../api/meta/field-error.ts';
import { isDns1123Subdomain } from '../../api/meta/names.ts';
import { accessReviewEnvironment } from '../../api/cel/cel-environments.ts';
import { compileProgram } from '../../api/cel/compile-program.ts';
import { joinErrors, readConfigurationDocument, type Shaped } from '../config/configuration-document.ts';
import { authorizers } from './index.ts';
import { failurePolicies, subjectAccessReviewVersions } from './webhook-authorizer.ts';

const webhookShape = {
  authorizedTTL: 'duration',
  cacheAuthorizedRequests: 'bool',
  unauthorizedTTL: 'duration',
  cacheUnauthorizedRequests: 'bool',
  timeout: 'duration',
  subjectAccessReviewVersion: 'string',
  matchConditionSubjectAccessReviewVersion: 'string',
  failurePolicy: 'string',
  connectionInfo: { type: 'string', kubeConfigFile: 'string' },
  matchConditions: [{ expression: 'string' }],
} as const;

const configuration = {
  kind: 'AuthorizationConfiguration',
  versions: ['v1', 'v1beta1', 'v1alpha1'],
  shape: { authorizers: [{ type: 'string', name: 'string', webhook: webhookShape }] },
} as const;

type WebhookDocument = Shaped<typeof webhookShape>;

/** A webhook as the configuration says; times in ms. */
export interface WebhookConfiguration {
  readonly kubeConfigFile: string;
  readonly version: (typeof subjectAccessReviewVersions)[number];
  readonly timeoutMs: number;
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  readonly failurePolicy: (typeof failurePolicies)[number];
  /** All must be true of an access review for the webhook to be asked. */
  readonly matchConditions: readonly string[];
}

/** One authorizer of the chain. */
export interface ConfiguredAuthorizer {
  readonly type: string;
  readonly name: string;
  /** Of type Webhook. */
  readonly webhook?: WebhookConfiguration;
}

const webhookType = 'Webhook';
const maxTimeoutMs = 30_000;
const maxMatchConditions = 64;
const defaultAuthorizedTtlMs = 300_000;
const defaultUnauthorizedTtlMs = 30_000;

/** Reads an AuthorizationConfiguration (`--authorization-config`). Throws an Error with one line, in upstream's words. */
export function parseAuthorizationConfiguration(text: string): readonly ConfiguredAuthorizer[] {
  let document;
  try {
    document = readConfigurationDocument(text, configuration);
  } catch (error) {
    throw new Error(`failed to load AuthorizationConfiguration from file: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const found = document.authorizers ?? [];
  const errors: FieldError[] = [];
  if (!found.length) errors.push(required('authorizers', 'at least one authorization mode must be defined'));
  const [types, names] = [new Set<string>(), new Set<string>()];
  const known = [...authorizers.map(({ name }) => name), webhookType];
  found.forEach(({ type = '', name = '', webhook }, i) => {
    const at = `authorizers[${i}]`;
    if (!type) return errors.push(required(`${at}.type`));
    if (!known.includes(type)) return errors.push(notSupported(`${at}.type`, type, known));
    if (types.has(type) && type !== webhookType) return errors.push(duplicate(`${at}.type`, type));
    types.add(type);
    errors.push(...nameErrors(name, names, `${at}.name`));
    names.add(name);
    if (type === webhookType) {
      if (!webhook) errors.push(required(`${at}.webhook`, 'required when type=Webhook'));
      else errors.push(...webhookErrors(withDefaults(webhook), at));
    } else if (webhook)
      errors.push(invalidValue(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook'));
  });
  if (errors.length) throw new Error(joinErrors(errors));
  const misnamed = found.flatMap(({ type = '', name }) => {
    const expected = type.toLowerCase();
    if (type === webhookType || name === expected) return [];
    return [`expected name ${expected} for authorizer ${type} instead of ${name}`];
  });
  if (misnamed.length) throw new Error(joinErrors(misnamed));
  return found.map(({ type, name, webhook }) => ({
    type: type!,
    name: name!,
    ...(webhook ? { webhook: webhookOf(withDefaults(webhook)) } : {}),
  }));
}

function nameErrors(name: string, names: ReadonlySet<string>, at: string): FieldError[] {
  if (!name) return [required(at)];
  if (names.has(name)) return [duplicate(at, name)];
  const wrong = isDns1123Subdomain(name);
  return wrong.length ? [invalidValue(at, name, `authorizer name is invalid: ${wrong.join(', ')}`)] : [];
}

function withDefaults(webhook: WebhookDocument): WebhookDocument {
  return {
    ...webhook,
    authorizedTTL: webhook.authorizedTTL || defaultAuthorizedTtlMs,
    unauthorizedTTL: webhook.unauthorizedTTL || defaultUnauthorizedTtlMs,
  };
}

function webhookOf(webhook: WebhookDocument): WebhookConfiguration {
  const { cacheAuthorizedRequests = true, cacheUnauthorizedRequests = true } = webhook;
  return {
    kubeConfigFile: webhook.connectionInfo!.kubeConfigFile!,
    version: webhook.subjectAccessReviewVersion as WebhookConfiguration['version'],
    timeoutMs: webhook.timeout!,
    authorizedTtlMs: cacheAuthorizedRequests ? webhook.authorizedTTL! : 0,
    unauthorizedTtlMs: cacheUnauthorizedRequests ? webhook.unauthorizedTTL! : 0,
    failurePolicy: webhook.failurePolicy as WebhookConfiguration['failurePolicy'],
    matchConditions: (webhook.matchConditions ?? []).map(({ expression }) => expression!),
  };
}

function webhookErrors(webhook: WebhookDocument, at: string): FieldError[] {
  const { timeout, authorizedTTL = 0, unauthorizedTTL = 0, matchConditions = [] } = webhook;
  const errors: FieldError[] = [];
  if (!timeout) errors.push(required(`${at}.timeout`));
  else if (timeout > maxTimeoutMs || timeout < 0)
    errors.push(invalidValue(`${at}.timeout`, formatDuration(timeout), 'must be > 0s and <= 30s'));
  for (const [field, ttl] of Object.entries({ authorizedTTL, unauthorizedTTL }))
    if (ttl < 0) errors.push(invalidValue(`${at}.${field}`, formatDuration(ttl), 'must be > 0s'));
  errors.push(
    ...oneOf(webhook.subjectAccessReviewVersion, subjectAccessReviewVersions, `${at}.subjectAccessReviewVersion`),
  );
  const conditionVersion = webhook.matchConditionSubjectAccessReviewVersion;
  if (conditionVersion)
    errors.push(...oneOf(conditionVersion, ['v1'], `${at}.matchConditionSubjectAccessReviewVersion`));
  else if (matchConditions.length)
    errors.push(
      required(`${at}.matchConditionSubjectAccessReviewVersion`, 'required if match conditions are specified'),
    );
  errors.push(...oneOf(webhook.failurePolicy, failurePolicies, `${at}.failurePolicy`));
  errors.push(...connectionErrors(webhook.connectionInfo ?? {}, `${at}.connectionInfo`));
  errors.push(...conditionErrors(matchConditions, `${at}.matchConditions`));
  return errors;
}

function oneOf(value: string | undefined, supported: readonly string[], at: string): FieldError[] {
  if (!value) return [required(at)];
  return supported.includes(value) ? [] : [notSupported(at, value, supported)];
}

function connectionErrors(
  { type, kubeConfigFile }: NonNullable<WebhookDocument['connectionInfo']>,
  at: string,
): FieldError[] {
  const wrongType = oneOf(type, ['KubeConfigFile'], `${at}.type`);
  if (wrongType.length) return wrongType;
  const field = `${at}.kubeConfigFile`;
  if (!kubeConfigFile) return [required(field)];
  if (!isAbsolute(kubeConfigFile)) return [invalidValue(field, kubeConfigFile, 'must be an absolute path')];
  try {
    if (!statSync(kubeConfigFile).isFile()) return [invalidValue(field, kubeConfigFile, 'must be a regular file')];
  } catch (error) {
    return [invalidValue(field, kubeConfigFile, `error loading file: ${(error as Error).message}`)];
  }
  return [];
}

function conditionErrors(conditions: NonNullable<WebhookDocument['matchConditions']>, at: string): FieldError[] {
  if (conditions.length > maxMatchConditions) return [tooMany(at, conditions.length, maxMatchConditions)];
  const seen = new Set<string>();
  const environment = accessReviewEnvironment();
  return conditions.flatMap(({ expression = '' }, i) => {
    const field = `${at}[${i}].expression`;
    if (!expression.trim()) return [required(field)];
    if (seen.has(expression)) return [duplicate(field, expression)];
    seen.add(expression);
    const outcome = compileProgram(environment, expression);
    if (outcome.kind === 'error') return [invalidValue(field, expression, outcome.message)];
    const { type } = outcome.program;
    return type === 'bool' ? [] : [invalidValue(field, expression, `must evaluate to bool`)];
  });
}
