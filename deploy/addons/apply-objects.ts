import type { KubeObject } from '../../api/meta/object.ts';
import { resources } from '../../api/resources/index.ts';
import { apiVersionOf, type ResourceRef } from '../../api/resources/define-resource.ts';
import type { Client } from '../../client/client.ts';

const fieldManager = 'k8ts';

/** Brings objects of built-in kinds to the state given, by server-side apply, in order. Fields that others own stay theirs unless they are named here. */
export async function applyObjects(
  client: Client,
  objects: readonly KubeObject[],
  signal?: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    const ref = refOf(object);
    const at = { name: object.metadata.name!, namespace: object.metadata.namespace };
    await client.patch(ref, at, { type: 'apply', body: object }, { fieldManager, force: true, signal });
  }
}

function refOf(object: KubeObject): ResourceRef {
  const row = resources.find((r) => r.kind === object.kind && apiVersionOf(r) === object.apiVersion);
  if (!row) throw new Error(`no built-in resource is a ${object.apiVersion} ${object.kind}`);
  return row;
}
