import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Digest, DigestFunction } from '../storage/cache-entry.ts';
import { parseKey, resourcePrefix } from '../storage/keys.ts';

/** Digests stored objects by the rows that say which of their fields can be selected by. */
export function createDigest(rows: readonly ResourceRow[]): DigestFunction {
  const fieldsByPrefix = new Map<string, ResourceRow['selectableFields']>();
  for (const row of rows)
    if (row.storagePrefix !== undefined && !row.storedAs && row.selectableFields)
      fieldsByPrefix.set(resourcePrefix(row), row.selectableFields);
  return (prefix, key, value, object) => {
    const selectable = fieldsByPrefix.get(prefix);
    // Whoever gave the object may go on to change it.
    return object
      ? digestOfObject(object, selectable, { ...object.metadata.labels })
      : digestOf(key, value, selectable);
  };
}

function digestOfObject(
  object: AnyObject,
  selectable: ResourceRow['selectableFields'],
  labels: Digest['labels'],
): Digest {
  const { name = '', namespace = '', uid = '', deletionTimestamp } = object.metadata;
  let fields: Record<string, string> | undefined;
  if (selectable) {
    fields = {};
    for (const field in selectable) fields[field] = selectable[field]!(object);
  }
  return { name, namespace, uid, labels, fields, deletionTimestamp };
}

function digestOf(key: string, value: Buffer, selectable: ResourceRow['selectableFields']): Digest {
  try {
    const object = JSON.parse(value.toString('utf8')) as AnyObject;
    return digestOfObject(object, selectable, object.metadata.labels);
  } catch {
    // Not ours: a record of allocations, or an object that upstream wrote in another encoding.
    const { namespace, name } = parseKey(key);
    return { name, namespace, uid: '', labels: undefined, fields: undefined };
  }
}
