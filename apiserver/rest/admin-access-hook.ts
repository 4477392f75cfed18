import { invalid } from '../../api/meta/errors.ts';
import { forbiddenField } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { resourceClaims } from '../../api/resources/resource/resource-claim.ts';
import { resourceClaimTemplates } from '../../api/resources/resource/resource-claim-template.ts';
import type { DeviceClaim, ResourceClaim, ResourceClaimTemplate } from '../../api/schema/generated/resource-v1.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { Reservation, StorageHook } from './storage-hooks.ts';

const label = 'resource.kubernetes.io/admin-access';
const nothingReserved = { finish: () => Promise.resolve(), undo: () => Promise.resolve() };

/** The hooks of claims and of templates of claims, by storage prefix. */
export function adminAccessHooks(cache: CacheReader): [string, StorageHook][] {
  const claims = (object: AnyObject): DeviceClaim | undefined => (object as unknown as ResourceClaim).spec.devices;
  const templates = (object: AnyObject): DeviceClaim | undefined =>
    (object as unknown as ResourceClaimTemplate).spec.spec.devices;
  return [
    [resourceClaims.storagePrefix!, createAdminAccessHook(resourceClaims, cache, claims)],
    [resourceClaimTemplates.storagePrefix!, createAdminAccessHook(resourceClaimTemplates, cache, templates)],
  ];
}

/**
 * KEP-5018: who asks for devices that others use needs a namespace that is labelled for it. `devicesOf` finds the claim in
 * an object of the row.
 */
function createAdminAccessHook(
  row: { readonly group: string; readonly kind: string },
  cache: CacheReader,
  devicesOf: (object: AnyObject) => DeviceClaim | undefined,
): StorageHook {
  /** `path` is the field that asks for admin access, if one does. */
  const check = (object: AnyObject, path: string | undefined): Promise<Reservation> => {
    if (path === undefined) return Promise.resolve(nothingReserved);
    const namespace = cache.get(namespaces, { name: object.metadata.namespace ?? '' });
    if (namespace?.metadata.labels?.[label] === 'true') return Promise.resolve(nothingReserved);
    const why = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
    return Promise.reject(invalid(row, object.metadata.name ?? '', [forbiddenField(path, why)]));
  };
  return {
    beforeCreate: (object) => {
      const index = devicesOf(object)?.requests?.findIndex(({ exactly }) => exactly?.adminAccess) ?? -1;
      return check(object, index < 0 ? undefined : `spec.devices.requests[${index}].adminAccess`);
    },
    beforeUpdate: (next, old) => {
      const path = allocatedWithAdminAccess(next);
      return check(next, allocatedWithAdminAccess(old) ? undefined : path);
    },
  };
}

function allocatedWithAdminAccess(object: AnyObject): string | undefined {
  const { status } = object as unknown as ResourceClaim;
  const index = status?.allocation?.devices?.results?.findIndex(({ adminAccess }) => adminAccess) ?? -1;
  return index < 0 ? undefined : `status.allocation.devices.results[${index}].adminAccess`;
}
