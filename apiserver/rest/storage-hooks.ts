import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';

/** What else must happen in the store around a write: `finish` after it, `undo` where it did not come about. */
export interface Reservation {
  finish(): Promise<void>;
  undo(): Promise<void>;
}

/**
 * Side effects of writes that must succeed or fail with them, such as the allocation of service addresses. They run after
 * defaulting and strategy and may fill in what they allocate; a dry run reserves nothing but still fills in.
 */
export interface StorageHook {
  beforeCreate?(object: AnyObject, options: { dryRun: boolean }): Promise<Reservation>;
  beforeUpdate?(next: AnyObject, old: AnyObject, options: { dryRun: boolean }): Promise<Reservation>;
  afterDelete?(object: AnyObject): Promise<void>;
}

/** By the row's storage prefix. */
export type StorageHooks = ReadonlyMap<string, StorageHook>;

/** The hook of the kind, where it has one. */
export function hookOf(hooks: StorageHooks, row: ResourceRow): StorageHook | undefined {
  return row.storagePrefix === undefined ? undefined : hooks.get(row.storagePrefix);
}
