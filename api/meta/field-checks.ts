/**
 * Checks that many kinds share. Each appends what it finds to `errors` and builds nothing where all is well: validation
 * runs on every write.
 */
import { semanticEqual } from './equality.ts';
import { FieldError, invalidValue, required } from './field-error.ts';
import {
  isDns1123Label,
  isDns1123Subdomain,
  isDomainPrefixedPath,
  isHttpPath,
  isQualifiedName,
  isValidPathSegmentName,
  rangeError,
} from './names.ts';
import { compareQuantities } from './quantity.ts';

export type Errors = FieldError[];

const notNegative = 'must be greater than or equal to 0';
export const notPositive = 'must be greater than zero';
export const immutable = 'field is immutable';

/** One error for each thing that a check of `names.ts` says of the value. */
export function addInvalid(messages: readonly string[], field: string, value: unknown, errors: Errors): void {
  for (const message of messages) errors.push(invalidValue(field, value, message));
}

/** An unsupported value, with the choices in the order in which they are given. */
export function unsupported(field: string, value: unknown, choices: readonly string[]): FieldError {
  const list = choices.map((choice) => JSON.stringify(choice)).join(', ');
  return new FieldError('FieldValueNotSupported', field, value, `supported values: ${list}`);
}

/** Complains of a text that is absent or empty. */
export function checkRequired(value: string | undefined, field: string, errors: Errors): void {
  if (!value) errors.push(required(field));
}

/** Complains of a number below zero; an absent one is all right. */
export function checkNotNegative(value: number | undefined, field: string, errors: Errors): void {
  if (value !== undefined && value < 0) errors.push(invalidValue(field, value, notNegative));
}

/** Complains of a number outside of `low` to `high`, both of them allowed. */
export function checkRange(value: number, low: number, high: number, field: string, errors: Errors): void {
  if (value < low || value > high) errors.push(invalidValue(field, value, rangeError(low, high)));
}

/** TCP and UDP port numbers. */
export function checkPort(port: number, field: string, errors: Errors): void {
  checkRange(port, 1, 65535, field, errors);
}

/** Complains of what is no DNS-1123 label. */
export function checkLabel(value: string, field: string, errors: Errors): void {
  addInvalid(isDns1123Label(value), field, value, errors);
}

/** Complains of what is no DNS-1123 subdomain. */
export function checkSubdomain(value: string, field: string, errors: Errors): void {
  addInvalid(isDns1123Subdomain(value), field, value, errors);
}

/** Complains of what is no qualified name, as label keys are. */
export function checkQualifiedName(value: string, field: string, errors: Errors): void {
  addInvalid(isQualifiedName(value), field, value, errors);
}

/** `example.com/path`: its two parts are looked at, and shown, each by itself. */
export function checkDomainPrefixedPath(value: string, field: string, errors: Errors): void {
  const slash = value.indexOf('/');
  if (value === '') errors.push(required(field));
  else if (slash <= 0 || slash === value.length - 1) addInvalid(isDomainPrefixedPath(value), field, value, errors);
  else {
    const [host, path] = [value.slice(0, slash), value.slice(slash + 1)];
    addInvalid(isDns1123Subdomain(host), field, host, errors);
    addInvalid(isHttpPath(path), field, path, errors);
  }
}

/** A name that a URL may hold as one segment of its path. */
export function checkPathSegment(value: string | undefined, field: string, errors: Errors, whenAbsent = ''): void {
  if (!value) errors.push(required(field, whenAbsent));
  else addInvalid(isValidPathSegmentName(value), field, value, errors);
}

/** A reference to an object by its kind and name, in the group that it names if any. */
export function checkObjectReference(
  { apiGroup, kind, name }: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  path: string,
  errors: Errors,
): void {
  if (apiGroup !== undefined) checkSubdomain(apiGroup, `${path}.apiGroup`, errors);
  checkPathSegment(kind, `${path}.kind`, errors);
  checkPathSegment(name, `${path}.name`, errors);
}

/** A field that an update may not change; absent and empty are the same. */
export function checkImmutable(next: unknown, old: unknown, field: string, errors: Errors): void {
  if (!semanticEqual(next, old)) errors.push(invalidValue(field, next, immutable));
}

/** Complains of a quantity below zero; what is no quantity was refused when it was read. */
export function checkQuantityNotNegative(quantity: string, field: string, errors: Errors): void {
  if (compareQuantities(quantity, '0') < 0) errors.push(invalidValue(field, quantity, notNegative));
}

/** Complains of a quantity of zero or less; the text must be a quantity. */
export function checkQuantityPositive(quantity: string, field: string, errors: Errors): void {
  if (compareQuantities(quantity, '0') <= 0) errors.push(invalidValue(field, quantity, notPositive));
}
