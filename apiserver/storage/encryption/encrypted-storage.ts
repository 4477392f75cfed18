import { internalError } from '../../../api/meta/errors.ts';
import { resourcePrefixOf } from '../keys.ts';
import type { Change, ChangeBatch, Storage, StoredValue, WriteResult } from '../storage.ts';
import { TransformError, type Transformer } from './transformer.ts';

/** Who reads and writes values of one resource: the first writes, all read. Undefined: values are kept as they are. */
export type TransformersOf = (resourcePrefix: string) => readonly Transformer[] | undefined;

/**
 * The store with values encrypted as `transformersOf` says, which may say something else from one call to the next. Of
 * values that were not written as they would be today it is known that they need it (`needsRewrite`), so that writing an
 * object as it is encrypts it anew.
 *
 * What cannot be decrypted makes the call that wanted it fail: nothing is passed over as if it were not there.
 */
export function createEncryptedStorage(store: Storage, transformersOf: TransformersOf): Storage {
  const stale = new Set<string>();

  async function decrypt(key: string, value: Buffer): Promise<Buffer> {
    const transformers = transformersOf(resourcePrefixOf(key));
    if (!transformers) return value;
    try {
      const transformer = transformers.find(({ prefix }) => prefix !== '' && startsWith(value, prefix));
      const reader = transformer ?? transformers.find(({ prefix }) => prefix === '');
      if (!reader) throw new TransformError('no matching prefix found');
      const decrypted = await reader.decrypt(value.subarray(reader.prefix.length), key);
      if (decrypted.isStale || reader !== transformers[0]) stale.add(key);
      else stale.delete(key);
      return decrypted.value;
    } catch (error) {
      if (error instanceof TransformError)
        throw internalError(new Error(`unable to transform key "${key}": ${error.message}`, { cause: error }));
      throw error;
    }
  }

  const decryptStored = async (stored: StoredValue): Promise<StoredValue> =>
    transformersOf(resourcePrefixOf(stored.key))
      ? { ...stored, value: await decrypt(stored.key, stored.value) }
      : stored;

  async function decryptChange(change: Change): Promise<Change> {
    if (!transformersOf(resourcePrefixOf(change.key))) return change;
    if (change.type === 'delete') stale.delete(change.key);
    return {
      ...change,
      ...(change.previous
        ? { previous: { ...change.previous, value: await decrypt(change.key, change.previous.value) } }
        : {}),
      value: change.type === 'put' ? await decrypt(change.key, change.value) : change.value,
    };
  }

  const decryptCurrent = async (result: WriteResult): Promise<WriteResult> =>
    result.succeeded || !result.current ? result : { ...result, current: await decryptStored(result.current) };

  async function* decryptBatches(batches: AsyncIterable<ChangeBatch>): AsyncIterable<ChangeBatch> {
    for await (const batch of batches) {
      if (!batch.changes.some(({ key }) => transformersOf(resourcePrefixOf(key)))) {
        yield batch;
        continue;
      }
      const changes: Change[] = [];
      for (const change of batch.changes) changes.push(await decryptChange(change));
      yield { ...batch, changes };
    }
  }

  return {
    get: async (key, signal) => {
      const found = await store.get(key, signal);
      return found && decryptStored(found);
    },
    range: async (options, signal) => {
      const result = await store.range(options, signal);
      const items: StoredValue[] = [];
      for (const item of result.items) items.push(await decryptStored(item));
      return { ...result, items };
    },
    put: async (key, value, options, signal) => {
      const writer = transformersOf(resourcePrefixOf(key))?.[0];
      if (!writer) return decryptCurrent(await store.put(key, value, options, signal));
      const encrypted = Buffer.concat([Buffer.from(writer.prefix), await writer.encrypt(value, key)]);
      const result = await store.put(key, encrypted, options, signal);
      if (result.succeeded) stale.delete(key);
      return decryptCurrent(result);
    },
    delete: async (key, options, signal) => decryptCurrent(await store.delete(key, options, signal)),
    currentRevision: (signal) => store.currentRevision(signal),
    watch: (options, signal) => decryptBatches(store.watch(options, signal)),
    compact: (revision, signal) => store.compact(revision, signal),
    needsRewrite: (key) => stale.has(key),
    close: () => store.close(),
  };
}

function startsWith(value: Buffer, prefix: string): boolean {
  return value.length >= prefix.length && value.toString('latin1', 0, prefix.length) === prefix;
}
