import { FieldError, forbiddenField } from '../../api/meta/field-error.ts';
import { badRequest, invalid } from '../../api/meta/errors.ts';
import { isTrue } from '../stages/request-info.ts';
import { parseResourceVersion } from './resource-version.ts';
import { selectionOf, type Selection } from './selection.ts';
import type { RestRequest } from './rest-request.ts';
import { parseGoInt } from './write-options.ts';

export interface ListQuery {
  readonly selection: Selection;
  /** 0: all. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

const kind = { group: 'meta.k8s.io', kind: 'ListOptions' };

/** The query of a list or watch, checked. @throws ApiError BadRequest, Invalid */
export function listQueryOf(request: RestRequest, isWatch: boolean): ListQuery {
  const { query } = request.http;
  const limit = query.has('limit') ? parseGoInt(query.get('limit')!) : 0;
  const timeoutSeconds = query.has('timeoutSeconds') ? parseGoInt(query.get('timeoutSeconds')!) : undefined;
  const parsed: ListQuery = {
    selection: selectionOf(request),
    limit: Math.max(limit, 0),
    continueToken: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: query.has('sendInitialEvents') ? isTrue(query.get('sendInitialEvents')) : undefined,
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds,
  };
  const errors = isWatch ? watchErrors(parsed) : listErrors(parsed);
  if (errors.length) throw invalid(kind, '', errors);
  return parsed;
}

function listErrors(query: ListQuery): FieldError[] {
  const { resourceVersion, resourceVersionMatch: match } = query;
  const errors: FieldError[] = [];
  if (match) {
    if (resourceVersion === '')
      errors.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (query.continueToken)
      errors.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'),
      );
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(
        new FieldError(
          'FieldValueNotSupported',
          'resourceVersionMatch',
          match,
          'supported values: "Exact", "NotOlderThan", ""',
        ),
      );
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(
        forbiddenField('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
  }
  if (query.sendInitialEvents !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(query: ListQuery): FieldError[] {
  const { resourceVersionMatch: match } = query;
  const errors: FieldError[] = [];
  if (query.sendInitialEvents !== undefined) {
    if (match !== 'NotOlderThan')
      errors.push(
        forbiddenField(
          'resourceVersionMatch',
          'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
        ),
      );
    if (query.continueToken)
      errors.push(forbiddenField('continue', 'sendInitialEvents is forbidden when continue is provided'));
    if (match && match !== 'NotOlderThan')
      errors.push(
        new FieldError('FieldValueNotSupported', 'resourceVersionMatch', match, 'supported values: "NotOlderThan"'),
      );
  } else if (match) {
    errors.push(
      forbiddenField(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    );
  }
  return errors;
}

/** Where a list goes on: the revision of its first page (-1: whatever is newest) and the key to start at. */
export interface Continuation {
  readonly revision: number;
  readonly startKey: string;
}

export function encodeContinue(prefix: string, continuation: Continuation): string {
  const start = continuation.startKey.slice(prefix.length);
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: continuation.revision, start })).toString('base64url');
}

/** @throws ApiError BadRequest where the token is none of ours */
export function decodeContinue(prefix: string, token: string): Continuation {
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(Buffer.from(token, 'base64url').toString()) as typeof value;
  } catch {
    throw badRequest('continue key is not valid: illegal base64 data at input byte 0');
  }
  if (value.v !== 'meta.k8s.io/v1')
    throw badRequest(
      `continue key is not valid: server does not recognize this encoded version ${JSON.stringify(value.v ?? '')}`,
    );
  if (typeof value.rv !== 'number' || value.rv === 0)
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof value.start !== 'string' || value.start === '' || value.start.split('/').includes('..'))
    throw badRequest('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  return { revision: value.rv, startKey: prefix + value.start };
}

export { parseResourceVersion };
