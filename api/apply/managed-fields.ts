import type { AnyObject } from '../meta/object.ts';
import type { SchemaTable } from '../schema/schema-table.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';

/** A path below the object's root: `['metadata', 'deletionTimestamp']`. */
export type ResetPath = readonly string[];

export interface UpdateInput {
  readonly typeName: string;
  /** Of the request: `apps/v1`. */
  readonly apiVersion: string;
  /** As stored, managedFields and all; absent on create. Never changed. */
  readonly live: AnyObject | undefined;
  /** As it is about to be stored, after admission. May be changed in place. */
  readonly next: AnyObject;
  readonly manager: string;
  /** '' on the main resource. */
  readonly subresource: string;
  readonly nowMs: number;
  /** What the strategy of this endpoint undoes and a manager therefore cannot own: `[['status']]` on most resources. */
  readonly resetFields?: readonly ResetPath[];
}

export interface ApplyInput {
  readonly typeName: string;
  readonly apiVersion: string;
  readonly live: AnyObject | undefined;
  /** The configuration sent, with apiVersion, kind and metadata.name, before defaulting. Never changed. */
  readonly applied: AnyObject;
  readonly manager: string;
  readonly force: boolean;
  readonly subresource: string;
  readonly nowMs: number;
  readonly resetFields?: readonly ResetPath[];
}

export interface FieldManager {
  /** After a create, an update or a patch other than apply: `next` with `metadata.managedFields` brought up to date. */
  update(input: UpdateInput): AnyObject;
  /** Server-side apply: the merged object, not yet defaulted, with its managedFields. */
  apply(input: ApplyInput): AnyObject;
}

export function createFieldManager(_table: SchemaTable): FieldManager {
  return {
    update: ({ next }) => next,
    apply: ({ live, applied }) => structuredClone(applyMergePatch(live, applied)) as AnyObject,
  };
}
