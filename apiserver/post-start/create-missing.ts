import { hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { storageKey } from '../storage/keys.ts';
import type { PostStartDeps } from './post-start-hook.ts';

/** Creates the objects that are not there, side by side: the store writes them together. What is there stays as it is. */
export async function createMissing<T extends KubeObject>(
  { client, cache }: Pick<PostStartDeps, 'client' | 'cache'>,
  row: ResourceRow<T>,
  objects: readonly T[],
  options: { readonly fieldManager?: string; readonly signal: AbortSignal },
): Promise<void> {
  const missing = objects.filter(
    ({ metadata: { namespace, name } }) => !cache.get(storageKey(row, { namespace, name: name! })),
  );
  const creations = missing.map((object) =>
    client.create(row, object, options).catch((error: unknown) => {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }),
  );
  await Promise.all(creations);
}
