import { badRequest } from '../../api/meta/errors.ts';
import { parseFieldSelector, type FieldSelector } from '../../api/meta/field-selector.ts';
import { parseLabelSelector, SelectorError, type Selector } from '../../api/meta/label-selector.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Digest } from '../storage/cache-entry.ts';
import type { IndexTerm } from '../storage/digest-index.ts';
import type { ObjectStore } from './object-store.ts';
import { storedRow } from './resource-index.ts';
import type { RestRequest } from './rest-request.ts';

/** Which objects of a collection a request is about, decided from their digests. */
export interface Selection {
  readonly isEverything: boolean;
  matches(digest: Digest): boolean;
  /** The one name that chosen objects may have, where there is one. */
  readonly name: string | undefined;
  /** What every chosen object has, for an index. */
  readonly terms: readonly IndexTerm[];
}

const everything: Selection = { isEverything: true, matches: () => true, name: undefined, terms: [] };

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
    name: name || fields?.requiredValue('metadata.name') || undefined,
    terms: [...(fields ? fieldTerms(fields) : []), ...(labels ? labelTerms(labels) : [])],
  };
}

/** Fields of every object, which are no part of `Digest.fields`. */
const namesOfObject = new Set(['metadata.name', 'metadata.namespace']);

function fieldTerms({ requirements }: FieldSelector): IndexTerm[] {
  return requirements
    .filter(({ field, operator }) => operator === '=' && !namesOfObject.has(field))
    .map(({ field, value }) => ({ of: 'field', name: field, values: [value] }));
}

function labelTerms({ requirements }: Selector): IndexTerm[] {
  return requirements
    .filter(({ operator }) => operator === '=' || operator === '==' || operator === 'in')
    .map(({ key, values }) => ({ of: 'label', name: key, values }));
}

/** A prefix that all chosen objects have: that of the collection, or the key of the only one that can be chosen. */
export function selectedPrefix(objects: ObjectStore, { row, namespace }: RestRequest, { name }: Selection): string {
  const stored = storedRow(row);
  if (name === undefined || (row.scope === 'Namespaced' && !namespace)) return objects.prefixOf(stored, namespace);
  return objects.keyOf(stored, { namespace, name });
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
