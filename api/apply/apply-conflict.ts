import { ApiError } from '../meta/errors.ts';
import type { StatusCause } from '../schema/generated/meta-v1.ts';
import { difference, displayPaths, isEmptySet, type FieldSet } from './field-set.ts';
import type { Managed } from './managed-entries.ts';

/** Fields a configuration sets to something else than another manager did. */
export interface ManagerConflict {
  readonly owner: Managed;
  readonly fields: FieldSet;
}

/** 409 with a cause for each field and owner, worded as upstream does. */
export class ApplyConflict extends ApiError {
  readonly conflicts: readonly ManagerConflict[];

  constructor(conflicts: readonly ManagerConflict[]) {
    const owners = [...conflicts].sort((a, b) => (a.owner.id < b.owner.id ? -1 : 1));
    const found = owners.map(({ owner, fields }) => ({ who: describeOwner(owner), paths: displayPaths(fields) }));
    const causes = found.flatMap(({ who, paths }) =>
      paths.map((field): StatusCause => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
    );
    super('Conflict', messageOf(found, causes), { details: { causes } });
    this.conflicts = conflicts;
  }

  /** What remains where conflicts over these fields do not count; undefined where nothing does. */
  without(fields: FieldSet): ApplyConflict | undefined {
    const remaining = this.conflicts
      .map((conflict) => ({ ...conflict, fields: difference(conflict.fields, fields) }))
      .filter((conflict) => !isEmptySet(conflict.fields));
    return remaining.length > 0 ? new ApplyConflict(remaining) : undefined;
  }
}

function messageOf(found: readonly { who: string; paths: string[] }[], causes: readonly StatusCause[]): string {
  if (causes.length === 1) return `Apply failed with 1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`;
  const lines = found.flatMap(({ who, paths }) => [`conflicts with ${who}:`, ...paths.map((path) => `- ${path}`)]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
}

function describeOwner({ entry }: Managed): string {
  const name = JSON.stringify(entry.manager ?? '');
  const through = entry.subresource ? `${name} with subresource ${JSON.stringify(entry.subresource)}` : name;
  return entry.operation === 'Update' ? `${through} using ${entry.apiVersion}` : through;
}
