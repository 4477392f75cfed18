import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';

/** True for an object that is being deleted and that nothing holds any longer: no finalizer, no grace period. */
export function isReadyToGo(row: ResourceRow, { metadata, ...rest }: AnyObject): boolean {
  if (!metadata.deletionTimestamp || metadata.finalizers?.length) return false;
  if (metadata.deletionGracePeriodSeconds) return false;
  return !hasSpecFinalizers(row, rest as AnyObject);
}

/** Namespaces are also held by `spec.finalizers`. */
export function hasSpecFinalizers(row: ResourceRow, object: AnyObject): boolean {
  if (row.subresources['finalize'] === undefined) return false;
  const spec = object['spec'] as { finalizers?: readonly string[] } | undefined;
  return !!spec?.finalizers?.length;
}
