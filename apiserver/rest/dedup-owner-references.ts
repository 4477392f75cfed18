import type { AnyObject } from '../../api/meta/object.ts';
import type { RestRequest } from './rest-request.ts';

/**
 * Takes owner references out that stand in the object already, in place, and warns in upstream's words. A create and an
 * update are looked through before managedFields are made; a patch only after admission has changed the object.
 */
export function dedupOwnerReferences(
  request: Pick<RestRequest, 'warnings'>,
  { metadata }: AnyObject,
  when: '' | 'after mutating admission happens' = '',
): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const kept: typeof owners = [];
  const seen = new Set<string>();
  const duplicates: string[] = [];
  for (const owner of owners) {
    const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = owner;
    const fields = JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
    if (seen.has(fields)) duplicates.push(uid);
    else kept.push(owner);
    seen.add(fields);
  }
  if (duplicates.length === 0) return;
  metadata.ownerReferences = kept;
  request.warnings.push(
    `.metadata.ownerReferences contains duplicate entries${when && ` ${when}`}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${duplicates.join(', ')}`,
  );
}
