/** Validation errors with the types, wording and field paths of upstream's `k8s.io/apimachinery/pkg/util/validation/field`. */
const fieldErrorTypes = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueNotFound: 'Not found',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
} as const;

export type FieldErrorType = keyof typeof fieldErrorTypes;

/** Stands for a value that the message does not show. */
export const omittedValue = Symbol('omitted value');

/** One thing wrong with one field. Validation functions return all they find and throw none. */
export class FieldError {
  readonly type: FieldErrorType;
  /** Dotted path with indices and keys: `spec.containers[0].image`, `metadata.labels[a/b]`. */
  readonly field: string;
  readonly detail: string;
  readonly value: unknown;

  constructor(type: FieldErrorType, field: string, value: unknown, detail: string) {
    this.type = type;
    this.field = field;
    this.value = value;
    this.detail = detail;
  }

  /** The message of a cause: all but the field path. */
  detailMessage(): string {
    const label = fieldErrorTypes[this.type];
    switch (this.type) {
      case 'FieldValueRequired':
      case 'FieldValueForbidden':
      case 'FieldValueTooLong':
      case 'InternalError':
        return this.detail ? `${label}: ${this.detail}` : label;
      case 'FieldValueTooMany':
        return `${label}: ${String(this.value)}: ${this.detail}`;
      default:
        if (this.value === omittedValue) return this.detail ? `${label}: ${this.detail}` : label;
        return this.detail ? `${label}: ${goValue(this.value)}: ${this.detail}` : `${label}: ${goValue(this.value)}`;
    }
  }

  toString(): string {
    return `${this.field}: ${this.detailMessage()}`;
  }
}

/** A value as upstream prints it in a field error: strings quoted, numbers and booleans bare, the rest as JSON. */
function goValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return JSON.stringify(value);
}

/** Upstream's `field.Required`: the message shows no value, and may go without a detail. */
export const required = (field: string, detail = ''): FieldError =>
  new FieldError('FieldValueRequired', field, '', detail);
/** Upstream's `field.Invalid`: the message shows `value` as Go prints it, but `omittedValue` not at all. */
export const invalidValue = (field: string, value: unknown, detail: string): FieldError =>
  new FieldError('FieldValueInvalid', field, value, detail);
/** Upstream's `field.Forbidden`, of what may not be set or changed here: the message shows no value. */
export const forbiddenField = (field: string, detail: string): FieldError =>
  new FieldError('FieldValueForbidden', field, '', detail);
/** Upstream's `field.Duplicate`, of every occurrence but the first: the message shows the value and no more. */
export const duplicate = (field: string, value: unknown): FieldError =>
  new FieldError('FieldValueDuplicate', field, value, '');
/** Upstream's `field.NotFound`, of a value that names what is not there: the message shows the value and no more. */
export const notFoundValue = (field: string, value: unknown): FieldError =>
  new FieldError('FieldValueNotFound', field, value, '');
/** Upstream's `field.TooLong`: `maxLength` is in bytes, and the message does not show the value. */
export const tooLong = (field: string, maxLength: number): FieldError =>
  new FieldError('FieldValueTooLong', field, '', `may not be more than ${maxLength} bytes`);
/** Upstream's `field.TooMany`: the message shows how many items there are, and how many may be. */
export const tooMany = (field: string, actual: number, max: number): FieldError =>
  new FieldError('FieldValueTooMany', field, actual, `must have at most ${max} items`);
/** Upstream's `field.NotSupported`, with the choices sorted; `unsupported` of `field-checks.ts` keeps their order. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError =>
  new FieldError(
    'FieldValueNotSupported',
    field,
    value,
    `supported values: ${[...supported]
      .sort()
      .map((s) => JSON.stringify(s))
      .join(', ')}`,
  );
/** Upstream's `field.InternalError`, where upstream's own check fails: the message shows no value. */
export const internal = (field: string, detail: string): FieldError =>
  new FieldError('InternalError', field, '', detail);
