import { createHash } from 'node:crypto';
import protobuf from 'protobufjs';
import type { Deps } from '../../../component/deps.ts';
import { createAesGcm, createSeededAesGcm, seedBytes } from './aes-gcm.ts';
import type { KmsCiphertext, KmsService } from './kms-service.ts';
import { TransformError, type Cipher, type Decrypted, type Transformer } from './transformer.ts';

const encryptedObject = protobuf
  .parse(
    `syntax = "proto3";
     message EncryptedObject {
       bytes encrypted_data = 1;
       string key_id = 2;
       bytes encrypted_dek_source = 3;
       map<string, bytes> annotations = 4;
       int32 encrypted_dek_source_type = 5;
     }`,
  )
  .root.lookupType('EncryptedObject');

/** How a value's key comes from what the key service keeps: it is that, or is derived from it. */
const sourceTypes = { key: 0, seed: 1 } as const;

interface EncryptedObject {
  readonly encryptedData: Uint8Array;
  readonly keyId: string;
  readonly encryptedDekSource: Uint8Array;
  readonly annotations: Readonly<Record<string, Uint8Array>>;
  readonly encryptedDekSourceType: number;
}

const checkMs = 60_000;
const checkAgainMs = 10_000;
/** Without a word from the key service for so long nothing is encrypted any more: it may have changed its key. */
const validMs = 3 * 60_000;
const maxKeyIdBytes = 1024;
const maxSourceBytes = 1024;
const maxAnnotationsBytes = 32 * 1024;
const maxRememberedSeeds = 1000;

interface Seed {
  readonly cipher: Cipher;
  readonly encrypted: KmsCiphertext;
  validUntilMs: number;
}

/**
 * Envelope encryption (KEP-3299): values are encrypted with keys derived from a seed, which a key service outside
 * encrypts. The seed is made anew when the service says that its key is another; values keep the encrypted seed with them.
 */
export function createKmsTransformer(
  given: { readonly name: string; readonly service: KmsService },
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
): Transformer {
  const { name, service } = given;
  const { clock, random, log } = deps;
  const decrypted = new Map<string, Cipher>();
  let seed: Seed | undefined;
  let refreshing: Promise<Seed> | undefined;

  const refresh = (): Promise<Seed> => {
    refreshing ??= nextSeed().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  async function nextSeed(): Promise<Seed> {
    const { version, healthz, keyId } = await service.status();
    if (version !== 'v2' && version !== 'v2beta1') throw new Error(`expected KMSv2 API version v2, got ${version}`);
    if (healthz !== 'ok') throw new Error(`got unexpected healthz status: ${healthz}`);
    checkKeyId(keyId);
    const validUntilMs = clock.monotonicMs() + validMs;
    if (seed?.encrypted.keyId === keyId) {
      seed.validUntilMs = validUntilMs;
      return seed;
    }
    const secret = random.bytes(seedBytes);
    const encrypted = await service.encrypt(secret, random.uuid());
    checkCiphertext(encrypted);
    const cipher = createSeededAesGcm(secret, random);
    remember(cacheKey(sourceTypes.seed, encrypted), cipher);
    seed = { cipher, encrypted, validUntilMs };
    log.info('values are encrypted with a new seed', { provider: name, keyIdHash: hashOf(encrypted.keyId) });
    return seed;
  }

  function remember(key: string, cipher: Cipher): void {
    if (decrypted.size >= maxRememberedSeeds) decrypted.delete(decrypted.keys().next().value!);
    decrypted.set(key, cipher);
  }

  /** At once where the seed is known. */
  function cipherOf(object: EncryptedObject): Cipher | Promise<Cipher> {
    const source = { ciphertext: object.encryptedDekSource, keyId: object.keyId, annotations: object.annotations };
    const key = cacheKey(object.encryptedDekSourceType, source);
    return decrypted.get(key) ?? fetchCipher(object.encryptedDekSourceType, source, key);
  }

  async function fetchCipher(type: number, source: KmsCiphertext, key: string): Promise<Cipher> {
    let secret: Buffer;
    try {
      secret = await service.decrypt(source, random.uuid());
    } catch (error) {
      throw new TransformError(`failed to decrypt DEK, error: ${(error as Error).message}`, { cause: error });
    }
    const cipher = type === sourceTypes.seed ? createSeededAesGcm(secret, random) : createAesGcm(secret, random);
    remember(key, cipher);
    return cipher;
  }

  function open(object: EncryptedObject, cipher: Cipher, path: string): Decrypted {
    const isStale =
      object.encryptedDekSourceType !== sourceTypes.seed ||
      (seed !== undefined && object.keyId !== seed.encrypted.keyId);
    try {
      return { value: cipher.decrypt(Buffer.from(object.encryptedData), path), isStale };
    } catch (error) {
      throw new TransformError((error as Error).message, { cause: error });
    }
  }

  return {
    prefix: `k8s:enc:kms:v2:${name}:`,
    encrypt: async (value, path) => {
      const { cipher, encrypted } = seed && clock.monotonicMs() < seed.validUntilMs ? seed : await refresh();
      return Buffer.from(
        encryptedObject
          .encode({
            encryptedData: cipher.encrypt(value, path),
            keyId: encrypted.keyId,
            encryptedDekSource: encrypted.ciphertext,
            annotations: encrypted.annotations,
            encryptedDekSourceType: sourceTypes.seed,
          })
          .finish(),
      );
    },
    decrypt: (value, path) => {
      const object = parse(value);
      const cipher = cipherOf(object);
      return cipher instanceof Promise ? cipher.then((one) => open(object, one, path)) : open(object, cipher, path);
    },
    check: async () => void (await refresh()),
    run: async (signal) => {
      while (!signal.aborted) {
        let waitMs = checkMs;
        try {
          await refresh();
        } catch (error) {
          waitMs = checkAgainMs;
          log.warn('the key service does not answer as it should', {
            provider: name,
            reason: (error as Error).message,
          });
        }
        await clock.sleep(waitMs, signal).catch(() => {});
      }
      service.close();
    },
  };
}

function parse(value: Buffer): EncryptedObject {
  let object: EncryptedObject;
  try {
    object = encryptedObject.toObject(encryptedObject.decode(value), {
      defaults: true,
      bytes: Buffer,
    }) as EncryptedObject;
  } catch (error) {
    throw new TransformError(`cannot read the encrypted object: ${(error as Error).message}`, { cause: error });
  }
  if (!Object.values<number>(sourceTypes).includes(object.encryptedDekSourceType))
    throw new TransformError(`unknown encryptedDEKSourceType: ${object.encryptedDekSourceType}`);
  if (object.encryptedData.length === 0) throw new TransformError('encrypted data is empty');
  return object;
}

function checkKeyId(keyId: string): void {
  if (keyId === '') throw new Error('failed to validate key id: keyID is empty');
  if (Buffer.byteLength(keyId) > maxKeyIdBytes)
    throw new Error(`failed to validate key id: keyID is ${Buffer.byteLength(keyId)} bytes, which exceeds the max size of ${maxKeyIdBytes}`); // prettier-ignore
}

function checkCiphertext({ ciphertext, keyId, annotations }: KmsCiphertext): void {
  checkKeyId(keyId);
  if (ciphertext.length === 0)
    throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty');
  if (ciphertext.length > maxSourceBytes)
    throw new Error(`failed to validate encrypted DEK source: encrypted DEK source is ${ciphertext.length} bytes, which exceeds the max size of ${maxSourceBytes}`); // prettier-ignore
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) bytes += Buffer.byteLength(key) + value.length;
  if (bytes > maxAnnotationsBytes)
    throw new Error(`failed to validate annotations: total size of annotations is ${bytes}, which exceeds the max size of ${maxAnnotationsBytes}`); // prettier-ignore
}

/** Names a seed as it stands in the store; no two different ones have the same name. */
function cacheKey(type: number, { ciphertext, keyId, annotations }: KmsCiphertext): string {
  const hash = createHash('sha256');
  const add = (part: Uint8Array | string): void => {
    hash.update(`${Buffer.byteLength(part)}:`).update(part);
  };
  add(String(type));
  add(ciphertext);
  add(keyId);
  for (const key of Object.keys(annotations).sort()) {
    add(key);
    add(annotations[key]!);
  }
  return hash.digest('base64');
}

function hashOf(keyId: string): string {
  return `sha256:${createHash('sha256').update(keyId).digest('hex')}`;
}
