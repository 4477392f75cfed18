import { notFound } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import type { Namespace } from '../../api/schema/generated/core-v1.ts';
import type { CacheReader } from '../storage/cache-reader.ts';

/**
 * Calls `use` with a namespace: at once where the cache has it, as it nearly always has; else with what the store says.
 * Answers, or throws, what `use` does. @throws ApiError NotFound
 */
export function withNamespace(
  cache: CacheReader,
  name: string,
  use: (namespace: DeepReadonly<Namespace>) => void,
): Promise<void> | void {
  const known = cache.get(namespaces, { name });
  if (known) return use(known);
  return cache.getNewest(namespaces, { name }).then((namespace) => {
    if (!namespace) throw notFound(namespaces, name);
    use(namespace);
  });
}
