import type { ResetPath } from '../../api/apply/managed-fields.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import type { FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow, WriteContext } from '../../api/resources/define-resource.ts';

/** What an update through one endpoint may change and what is wrong with it. */
export interface UpdateStrategy {
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly allowsCreate: boolean;
  /** Undoes what this endpoint does not let through; changes `next`. */
  prepare(next: AnyObject, old: AnyObject, context: WriteContext): void;
  validate(next: AnyObject, old: AnyObject): FieldError[];
  /** What a field manager cannot come to own through this endpoint. */
  readonly resetFields: readonly ResetPath[];
}

/** Always the same arrays: what is made of them is kept by identity. */
const statusOnly: readonly ResetPath[] = [['status']];
const specOnly: readonly ResetPath[] = [['spec']];
const nothing: readonly ResetPath[] = [];

/** Of updates of the object itself. */
export function mainStrategy(row: ResourceRow): UpdateStrategy {
  const hasStatus = row.subresources['status'] !== undefined;
  return {
    subresource: '',
    allowsCreate: row.allowCreateOnUpdate === true,
    prepare: (next, old, context) => {
      row.prepareForUpdate?.(next, old, context);
      if (row.hasGeneration && countsGeneration(row, next, old))
        next.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validate: (next, old) => row.validateUpdate?.(next, old) ?? row.validate?.(next) ?? [],
    resetFields: row.resetFields?.[''] ?? (hasStatus ? statusOnly : nothing),
  };
}

/** Of updates of `/status`. */
export function statusStrategy(row: ResourceRow): UpdateStrategy {
  return {
    subresource: 'status',
    allowsCreate: false,
    prepare: (next, old, context) => {
      if (row.prepareForStatusUpdate) row.prepareForStatusUpdate(next, old, context);
      else keepAllButStatus(next, old);
    },
    validate: (next, old) => row.validateStatusUpdate?.(next, old) ?? [],
    resetFields: row.resetFields?.['status'] ?? specOnly,
  };
}

/** Everything outside metadata and status is as it was. */
export function keepAllButStatus(next: AnyObject, old: AnyObject): void {
  for (const field of new Set([...Object.keys(next), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'status' || field === 'kind' || field === 'apiVersion') continue;
    if (old[field] === undefined) delete next[field];
    else next[field] = old[field];
  }
}

function countsGeneration(row: ResourceRow, next: AnyObject, old: AnyObject): boolean {
  if (row.countsGeneration) return row.countsGeneration(next, old);
  for (const field of new Set([...Object.keys(next), ...Object.keys(old)])) {
    if (field === 'metadata' || field === 'status' || field === 'kind' || field === 'apiVersion') continue;
    if (!semanticEqual(next[field], old[field])) return true;
  }
  return false;
}
