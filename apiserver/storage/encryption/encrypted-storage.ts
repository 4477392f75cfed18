import { internalError } from '../../../api/meta/errors.ts';
import { resourcePrefixOf } from '../keys.ts';
import type { Change, ChangeBatch, Storage, StoredValue, WriteResult } from '../storage.ts';
import { TransformError, type Decrypted, type Transformer } from './transformer.ts';

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

  function decrypt(key: string, value: Buffer): Buffer | Promise<Buffer> {
    const transformers = transformersOf(resourcePrefixOf(key));
    if (!transformers) return value;
    const fail = (error: unknown): never => {
      if (error instanceof TransformError)
        throw internalError(new Error(`unable to transform key "${key}": ${error.message}`, { cause: error }));
      throw error;
    };
    try {
      const transformer = transformers.find(({ prefix }) => prefix !== '' && startsWith(value, prefix));
      const reader = transformer ?? transformers.find(({ prefix }) => prefix === '');
      if (!reader) throw new TransformError('no matching prefix found');
      const settle = (decrypted: Decrypted): Buffer => {
        if (decrypted.isStale || reader !== transformers[0]) stale.add(key);
        else stale.delete(key);
        return decrypted.value;
      };
      const decrypted = reader.decrypt(reader.prefix ? value.subarray(reader.prefix.length) : value, key);
      return decrypted instanceof Promise ? decrypted.then(settle, fail) : settle(decrypted);
    } catch (error) {
      return fail(error);
    }
  }

  function decryptStored(stored: StoredValue): StoredValue | Promise<StoredValue> {
    const value = decrypt(stored.key, stored.value);
    if (value instanceof Promise) return value.then((read) => ({ ...stored, value: read }));
    return value === stored.value ? stored : { ...stored, value };
  }

  /** One after the other: the first may bring the key of the others. Waits only for values that a key service is asked for. */
  async function decryptAll(all: readonly StoredValue[]): Promise<readonly StoredValue[]> {
    const items: StoredValue[] = [];
    for (const stored of all) {
      const item = decryptStored(stored);
      items.push(item instanceof Promise ? await item : item);
    }
    return items;
  }

  async function decryptChange(change: Change): Promise<Change> {
    const { key, type, previous } = change;
    if (type === 'delete') stale.delete(key);
    return {
      ...change,
      ...(previous ? { previous: { ...previous, value: await decrypt(key, previous.value) } } : {}),
      value: type === 'put' ? await decrypt(key, change.value) : change.value,
    };
  }

  const isKept = ({ key }: Change): boolean => !transformersOf(resourcePrefixOf(key));

  const decryptCurrent = async (result: WriteResult): Promise<WriteResult> =>
    result.succeeded || !result.current ? result : { ...result, current: await decryptStored(result.current) };

  async function* decryptBatches(batches: AsyncIterable<ChangeBatch>): AsyncIterable<ChangeBatch> {
    for await (const batch of batches) {
      if (batch.changes.every(isKept)) {
        yield batch;
        continue;
      }
      const changes: Change[] = [];
      for (const change of batch.changes) changes.push(isKept(change) ? change : await decryptChange(change));
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
      return { ...result, items: await decryptAll(result.items) };
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
