import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import { apiVersionOf, type ResourceRef } from '../../api/resources/define-resource.ts';
import type { OwnerReference } from '../../api/schema/generated/meta-v1.ts';

/** The ownerReference whose `controller` is true; undefined for an orphan. */
export function controllerOf(
  object: DeepReadonly<{ metadata: KubeObject['metadata'] }>,
): DeepReadonly<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The ownerReference by which `owner` controls a new object; deleting the owner in the foreground waits for it. */
export function controllerReference(owner: DeepReadonly<KubeObject>, ref: ResourceRef): OwnerReference {
  return {
    apiVersion: apiVersionOf(ref),
    kind: ref.kind,
    name: owner.metadata.name!,
    uid: owner.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}
