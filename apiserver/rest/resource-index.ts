import type { ResourceRow } from '../../api/resources/define-resource.ts';

/** Finds the row a request is about. Built-in rows are there from the start; those of CRDs come and go. */
export interface ResourceIndex {
  find(group: string, version: string, plural: string): ResourceRow | undefined;
  /** True where any resource of the group (and version) is served. */
  hasGroup(group: string, version?: string): boolean;
  all(): readonly ResourceRow[];
}

export function createResourceIndex(rows: readonly ResourceRow[]): ResourceIndex {
  const byAddress = new Map(rows.map((row) => [`${row.group}/${row.version}/${row.plural}`, row]));
  const groups = new Set(rows.flatMap((row) => [row.group, `${row.group}/${row.version}`]));
  return {
    find: (group, version, plural) => byAddress.get(`${group}/${version}/${plural}`),
    hasGroup: (group, version) => groups.has(version === undefined ? group : `${group}/${version}`),
    all: () => rows,
  };
}

/** The row whose form is in the store: the row itself, or the version it is stored as. */
export function storedRow(row: ResourceRow): ResourceRow {
  return row.storedAs ? row.storedAs.row() : row;
}
