import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { resourcePrefix } from '../storage/keys.ts';

/** Finds the row a request is about. Built-in rows are there from the start; those of CRDs come and go. */
export interface ResourceIndex {
  find(group: string, version: string, plural: string): ResourceRow | undefined;
  /** True where any resource of the group (and version) is served. */
  hasGroup(group: string, version?: string): boolean;
  all(): readonly ResourceRow[];
  /** Where the store keeps the objects of a resource, whatever its version; undefined where it stores none. */
  prefixOf(group: string, plural: string): string | undefined;
}

/** Finds rows by their address; the rows are looked through once. */
export function createResourceIndex(rows: readonly ResourceRow[]): ResourceIndex {
  const byAddress = new Map(rows.map((row) => [`${row.group}/${row.version}/${row.plural}`, row]));
  const groups = new Set(rows.flatMap((row) => [row.group, `${row.group}/${row.version}`]));
  const prefixes = new Map(
    rows.flatMap((row) => {
      const stored = storedRow(row);
      return stored.storagePrefix === undefined
        ? []
        : [[`${row.group}/${row.plural}`, resourcePrefix(stored)] as const];
    }),
  );
  return {
    find: (group, version, plural) => byAddress.get(`${group}/${version}/${plural}`),
    hasGroup: (group, version) => groups.has(version === undefined ? group : `${group}/${version}`),
    all: () => rows,
    prefixOf: (group, plural) => prefixes.get(`${group}/${plural}`),
  };
}

/** The row whose form is in the store: the row itself, or the version it is stored as. */
export function storedRow(row: ResourceRow): ResourceRow {
  return row.storedAs ? row.storedAs.row() : row;
}
