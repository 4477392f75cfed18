import { immutable, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong, type FieldError } from '../../meta/field-error.ts';
import { JsonSyntaxError, parseJson } from '../../meta/json-text.ts';
import type { Secret } from '../../schema/generated/core-v1.ts';
import { bytesOfBase64, checkFrozen, checkKeys, dataMaxBytes } from './key-value-validation.ts';

const serviceAccountNameAnnotation = 'kubernetes.io/service-account.name';

/**
 * Every cause: keys, 1 MiB of data at most, and what the secret's type needs. `stringData` must be in `data` already.
 * That a TLS certificate and its key do not match is a warning, not an error.
 */
export function validateSecret(secret: Secret): FieldError[] {
  const errors: Errors = [];
  const { data = {}, metadata } = secret;
  checkKeys(data, 'data', errors);
  let bytes = 0;
  for (const key in data) bytes += bytesOfBase64(data[key]!);
  if (bytes > dataMaxBytes) errors.push(tooLong('data', dataMaxBytes));
  const need = (key: string): void => {
    if (!data[key]) errors.push(required(`data[${key}]`));
  };
  const has = (key: string): boolean => Object.hasOwn(data, key);
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if (!metadata.annotations?.[serviceAccountNameAnnotation])
        errors.push(required(`metadata.annotations[${serviceAccountNameAnnotation}]`));
      break;
    case 'kubernetes.io/dockercfg':
      validateJsonKey(data, '.dockercfg', errors);
      break;
    case 'kubernetes.io/dockerconfigjson':
      validateJsonKey(data, '.dockerconfigjson', errors);
      break;
    case 'kubernetes.io/basic-auth':
      if (!has('username') && !has('password')) errors.push(required('data[username]'), required('data[password]'));
      break;
    case 'kubernetes.io/ssh-auth':
      need('ssh-privatekey');
      break;
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (!has(key)) errors.push(required(`data[${key}]`));
      break;
    default:
  }
  return errors;
}

function validateJsonKey(data: Readonly<Record<string, string>>, key: string, errors: Errors): void {
  const field = `data[${key}]`;
  if (!Object.hasOwn(data, key)) {
    errors.push(required(field));
    return;
  }
  const why = whyNoJsonObject(Buffer.from(data[key]!, 'base64').toString());
  if (why) errors.push(invalidValue(field, '<secret contents redacted>', why));
}

/** What Go's JSON decoder says of a text that is no object; it does not show the text. */
function whyNoJsonObject(text: string): string | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined;
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
}

/** The type stays, and so do the data of an immutable secret: these errors come before those of the secret itself. */
export function validateSecretUpdate(next: Secret, old: Secret): FieldError[] {
  const errors: Errors = [];
  if (next.type !== old.type) errors.push(invalidValue('type', next.type, immutable));
  checkFrozen(next, old, errors);
  errors.push(...validateSecret(next));
  return errors;
}
