import { invalid } from '../../api/meta/errors.ts';
import { forbiddenField } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { resourceClaims } from '../../api/resources/resource/resource-claim.ts';
import { resourceClaimTemplates } from '../../api/resources/resource/resource-claim-template.ts';
import type { DeviceClaim, ResourceClaim, ResourceClaimTemplate } from '../../api/schema/generated/resource-v1.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { StorageHook } from './storage-hooks.ts';

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
  return {
    beforeCreate: (object) => {
      const asks = devicesOf(object)?.requests?.some(({ exactly }) => exactly?.adminAccess);
      if (!asks) return Promise.resolve(nothingReserved);
      const namespace = cache.get(namespaces, { name: object.metadata.namespace ?? '' });
      if (namespace?.metadata.labels?.[label] === 'true') return Promise.resolve(nothingReserved);
      const why = `admin access to devices requires the \`${label}: true\` label on the containing namespace`;
      return Promise.reject(invalid(row, object.metadata.name ?? '', [forbiddenField('', why)]));
    },
  };
}
