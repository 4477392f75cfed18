import type { InVersion } from '../../api/apply/version-comparison.ts';
import { cloneJson } from '../../api/meta/clone-json.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import { storedRow } from './resource-index.ts';
import { fromStored } from './update-object.ts';

/** By stored row, where other versions are stored as it: every version. */
const versions = new Map<ResourceRow, ResourceRow[]>();
for (const row of resources as readonly ResourceRow[]) {
  if (!row.storedAs) continue;
  const stored = row.storedAs.row();
  versions.set(stored, [...(versions.get(stored) ?? [stored]), row]);
}

/** How objects of the row look in its other versions; undefined where it has none that differ. */
export function inVersionOf(row: ResourceRow): InVersion | undefined {
  const family = versions.get(storedRow(row));
  if (!family) return undefined;
  return (object, apiVersion) => {
    const wanted = family.find((one) => apiVersionOf(one) === apiVersion);
    if (!wanted) return undefined;
    const copy = cloneJson(object);
    const stored = row.storedAs ? (row.storedAs.toStored(copy) as AnyObject) : copy;
    return { typeName: wanted.typeName, object: fromStored(wanted, stored) };
  };
}
