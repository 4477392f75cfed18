import type { AnyObject } from '../meta/object.ts';
import { jsonEqual } from '../meta/equality.ts';

/**
 * Gives entries of managedFields their old times back where nothing but times differs from the live object, so that an
 * apply which defaulting or admission undid is no write. Changes `next`; run it on what is about to be stored.
 */
export function keepTimesIfUnchanged(next: AnyObject, live: AnyObject): void {
  const now = next.metadata.managedFields;
  const was = live.metadata.managedFields;
  if (!now || !was || now === was || now.length !== was.length) return;
  if (now.every((entry, i) => entry.time === was[i]!.time)) return;
  if (!now.every((entry, i) => jsonEqual({ ...entry, time: undefined }, { ...was[i], time: undefined }))) return;
  const bare = (object: AnyObject): object => ({
    ...object,
    metadata: { ...object.metadata, managedFields: undefined },
  });
  if (jsonEqual(bare(next), bare(live))) next.metadata.managedFields = was;
}
