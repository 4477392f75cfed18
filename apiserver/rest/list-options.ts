import { FieldError, forbiddenField } from '../../api/meta/field-error.ts';
import { invalid } from '../../api/meta/errors.ts';
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

export { parseResourceVersion };
