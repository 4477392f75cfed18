import { FieldError, invalidValue } from '../../api/meta/field-error.ts';
import { ApiError, badRequest, invalid } from '../../api/meta/errors.ts';
import { ownCopy } from '../../api/meta/own-copy.ts';
import type { RestRequest } from './rest-request.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** The query of a create, update or patch, checked. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Who owns the fields written: as asked, or the product name of the user agent. */
  readonly fieldManager: string;
  readonly force: boolean | undefined;
  /** As admission and audit see them. */
  readonly options: Readonly<Record<string, unknown>>;
}

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

const fieldValidations: readonly string[] = ['Ignore', 'Warn', 'Strict'];

/** @throws ApiError Invalid (`CreateOptions.meta.k8s.io "" is invalid: …`) */
export function writeOptionsOf(
  request: RestRequest,
  kind: OptionsKind,
  patch: { readonly isApply: boolean } = { isApply: false },
): WriteOptions {
  const query = request.http.query;
  const dryRun = query.getAll('dryRun');
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = query.has('force') ? parseGoBool(query.get('force')!, 'force') : undefined;
  const errors = [
    ...dryRunErrors(dryRun),
    ...(kind === 'PatchOptions' && !patch.isApply && force !== undefined
      ? [new FieldError('FieldValueForbidden', 'force', '', 'may not be specified for non-apply patch')]
      : []),
    ...(kind === 'PatchOptions' && patch.isApply && fieldManager === ''
      ? [new FieldError('FieldValueRequired', 'fieldManager', '', 'is required for apply patch')]
      : []),
    ...fieldManagerErrors(fieldManager),
    ...(fieldValidation && !fieldValidations.includes(fieldValidation)
      ? [
          new FieldError(
            'FieldValueNotSupported',
            'fieldValidation',
            fieldValidation,
            'supported values: "", "Ignore", "Strict", "Warn"',
          ),
        ]
      : []),
  ];
  if (errors.length) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
    fieldManager: fieldManager || productOf(request.http.headers['user-agent']),
    force,
    options: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length ? { dryRun } : {}),
      ...(force === undefined ? {} : { force }),
      ...(fieldManager ? { fieldManager } : {}),
      ...(fieldValidation ? { fieldValidation } : {}),
    },
  };
}

/** What is wrong with `dryRun`: nothing but `All` may be in it. */
export function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  if (dryRun.every((value) => value === 'All')) return [];
  return [new FieldError('FieldValueNotSupported', 'dryRun', dryRun, 'supported values: "All"')];
}

function fieldManagerErrors(fieldManager: string): FieldError[] {
  if (fieldManager.length > 128)
    return [new FieldError('FieldValueTooLong', 'fieldManager', fieldManager, 'may not be more than 128 bytes')];
  const chars = [...fieldManager];
  const bad = chars.findIndex((char) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char));
  if (bad < 0) return [];
  const code = chars[bad]!.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  return [invalidValue('fieldManager', fieldManager, `invalid character U+${code} (at position ${bad})`)];
}

/** What stands before the first `/` of a user agent names the program. */
export function productOf(userAgent: string | string[] | undefined): string {
  const text = Array.isArray(userAgent) ? (userAgent[0] ?? '') : (userAgent ?? '');
  return ownCopy(text.split('/', 1)[0]!.slice(0, 128));
}

/** @throws ApiError BadRequest */
export function parseGoBool(text: string, _field: string): boolean {
  if (text === '0' || text.toLowerCase() === 'false') return false;
  return true;
}

/** A whole number of the query. @throws ApiError BadRequest in the words of Go's strconv. */
export function parseGoInt(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new ApiError('BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}
