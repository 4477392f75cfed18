import { badRequest } from '../../api/meta/errors.ts';
import { parseFieldSelector, type FieldSelector } from '../../api/meta/field-selector.ts';
import { parseLabelSelector, SelectorError } from '../../api/meta/label-selector.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Digest } from '../storage/cache-entry.ts';
import type { RestRequest } from './rest-request.ts';

/** Which objects of a collection a request is about, decided from their digests. */
export interface Selection {
  readonly isEverything: boolean;
  matches(digest: Digest): boolean;
}

const everything: Selection = { isEverything: true, matches: () => true };

/** Label and field selectors of the query, and the name where the path is that of one object. @throws ApiError BadRequest */
export function selectionOf(request: RestRequest): Selection {
  const { query } = request.http;
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const name = request.info.parts[1] ?? '';
  if (!labelText && !fieldText && !name) return everything;
  const labels = labelText ? parsed(parseLabelSelector, labelText) : undefined;
  const fields = fieldText ? parsed(parseFieldSelector, fieldText) : undefined;
  if (fields) checkFields(request.row, fields);
  return {
    isEverything: false,
    matches: (digest) =>
      (!name || digest.name === name) &&
      (!labels || labels.matches(digest.labels)) &&
      (!fields || matchesFields(fields, digest)),
  };
}

function parsed<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function matchesFields(selector: FieldSelector, digest: Digest): boolean {
  for (const { field, operator, value } of selector.requirements) {
    const actual =
      field === 'metadata.name'
        ? digest.name
        : field === 'metadata.namespace'
          ? digest.namespace
          : (digest.fields?.[field] ?? '');
    if ((actual === value) !== (operator === '=')) return false;
  }
  return true;
}

function checkFields(row: ResourceRow, selector: FieldSelector): void {
  for (const { field } of selector.requirements) {
    if (field === 'metadata.name') continue;
    if (row.selectableFields && Object.hasOwn(row.selectableFields, field)) continue;
    if (field === 'metadata.namespace' && !(row.scope === 'Cluster' && row.selectableFields)) continue;
    throw badRequest(
      row.unknownFieldSelector?.(field) ??
        (row.selectableFields
          ? `field label not supported: ${field}`
          : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`),
    );
  }
}
