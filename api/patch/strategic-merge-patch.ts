import type { AnyObject } from '../meta/object.ts';
import type { SchemaTable } from '../schema/schema-table.ts';
import { applyMergePatch } from './merge-patch.ts';

/** Applies a patch to a document of the named type; neither argument is changed. */
export type StrategicMerge = (typeName: string, document: AnyObject, patch: AnyObject) => AnyObject;

export function createStrategicMerge(_table: SchemaTable): StrategicMerge {
  return (_typeName, document, patch) => applyMergePatch(document, patch) as AnyObject;
}
