import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { Selector } from '../../api/meta/label-selector.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { Client } from '../../client/client.ts';
import { controllerOf, controllerReference } from './ownership.ts';

export interface Claim<Owner extends KubeObject, Child extends KubeObject> {
  readonly owner: DeepReadonly<Owner>;
  readonly ownerRef: ResourceRef<Owner>;
  readonly childRef: ResourceRef<Child>;
  readonly selector: Selector;
  /** Children of the owner's namespace, whoever owns them. */
  readonly children: readonly DeepReadonly<Child>[];
  readonly signal: AbortSignal;
}

/**
 * The children that are the owner's: those it controls and whose labels match, and orphans that match, which it adopts.
 * Those it controls and which match no more are let go. An owner that is being deleted adopts nobody, and before the
 * first adoption it is read anew: a cache may not know yet that it has been replaced (upstream's ControllerRefManager).
 */
export async function claimChildren<Owner extends KubeObject, Child extends KubeObject>(
  client: Client,
  claim: Claim<Owner, Child>,
): Promise<DeepReadonly<Child>[]> {
  const { owner, ownerRef, childRef, selector, signal } = claim;
  const { uid, namespace, name } = owner.metadata;
  const claimed: DeepReadonly<Child>[] = [];
  let mayAdopt: boolean | undefined;
  for (const child of claim.children) {
    const controller = controllerOf(child);
    const matches = selector.matches(child.metadata.labels ?? {});
    if (controller) {
      if (controller.uid !== uid) continue;
      if (matches) claimed.push(child);
      else if (owner.metadata.deletionTimestamp === undefined) await release(client, childRef, child, uid!, signal);
      continue;
    }
    if (!matches || owner.metadata.deletionTimestamp !== undefined || child.metadata.deletionTimestamp !== undefined)
      continue;
    if (mayAdopt === undefined) {
      const fresh = await client.get(ownerRef, { namespace, name: name! }, { signal });
      mayAdopt = fresh.metadata.uid === uid && fresh.metadata.deletionTimestamp === undefined;
    }
    if (mayAdopt && (await adopt(client, claim, child))) claimed.push(child);
  }
  return claimed;
}

async function adopt<Owner extends KubeObject, Child extends KubeObject>(
  client: Client,
  { owner, ownerRef, childRef, signal }: Claim<Owner, Child>,
  child: DeepReadonly<Child>,
): Promise<boolean> {
  const { namespace, name, uid } = child.metadata;
  const body = { metadata: { ownerReferences: [controllerReference(owner, ownerRef)], uid } };
  try {
    await client.patch(childRef, { namespace, name: name! }, { type: 'strategic', body }, { signal });
    return true;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return false; // gone meanwhile
    throw error;
  }
}

async function release<Child extends KubeObject>(
  client: Client,
  ref: ResourceRef<Child>,
  child: DeepReadonly<Child>,
  ownerUid: string,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, uid } = child.metadata;
  const body = { metadata: { ownerReferences: [{ $patch: 'delete', uid: ownerUid }], uid } };
  try {
    await client.patch(ref, { namespace, name: name! }, { type: 'strategic', body }, { signal });
  } catch (error) {
    // Gone, or no longer the object we saw: it is not ours in either case.
    if (!hasReason(error, 'NotFound', 'Invalid', 'Conflict')) throw error;
  }
}
