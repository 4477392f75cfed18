/** A value could not be read back; the key's name is told by whoever asked. */
export class TransformError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransformError';
  }
}

export interface Decrypted {
  readonly value: Buffer;
  /** Written with a key that is no longer the one to write with: the next write should write it anew. */
  readonly isStale: boolean;
}

/**
 * One way to keep values in the store. What it writes begins with `prefix`, which tells readers whose it is; `path` is the
 * key in the store, which some ways bind the value to, so that it cannot be put in another's place.
 */
export interface Transformer {
  /** `k8s:enc:aescbc:v1:` or the like; empty for values that are kept as they are. */
  readonly prefix: string;
  /** `value` and what is returned are without the prefix's part that is given here. Rejects where a key service fails. */
  encrypt(value: Uint8Array, path: string): Buffer | Promise<Buffer>;
  /** Throws, or rejects with, TransformError. */
  decrypt(value: Buffer, path: string): Decrypted | Promise<Decrypted>;
  /** For `/healthz`; absent where nothing can fail. Rejects with why it does. */
  check?(): Promise<void>;
  /** Keeps up with a key service, until the signal aborts. */
  run?(signal: AbortSignal): Promise<void>;
}

/** How one key encrypts. */
export interface Cipher {
  encrypt(value: Uint8Array, path: string): Buffer;
  /** Throws where the value was not written with this key. */
  decrypt(value: Buffer, path: string): Buffer;
}

export interface NamedKey {
  readonly name: string;
  readonly secret: Buffer;
}

/** Several keys under names, as `k8s:enc:aesgcm:v1:NAME:`. The first writes, each reads its own. */
export function createKeyedTransformer(
  prefix: string,
  keys: readonly NamedKey[],
  cipherOf: (secret: Buffer) => Cipher,
): Transformer {
  const ciphers = keys.map(({ name, secret }) => ({ head: Buffer.from(`${name}:`), cipher: cipherOf(secret) }));
  const [first] = ciphers;
  return {
    prefix,
    encrypt: (value, path) => Buffer.concat([first!.head, first!.cipher.encrypt(value, path)]),
    decrypt: (value, path) => {
      // Several keys may have one name: the right one is the one that fits.
      const matching = ciphers.filter(({ head }) => value.subarray(0, head.length).equals(head));
      let failure: unknown;
      for (const { head, cipher } of matching) {
        try {
          return { value: cipher.decrypt(value.subarray(head.length), path), isStale: cipher !== first!.cipher };
        } catch (error) {
          failure = error;
        }
      }
      if (!failure) throw new TransformError('no matching key was found');
      throw new TransformError((failure as Error).message, { cause: failure });
    },
  };
}
