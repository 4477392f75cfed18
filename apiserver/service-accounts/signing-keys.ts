import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Clock } from '../../component/clock.ts';
import { FlagError } from '../../component/flags.ts';
import type { Logger } from '../../component/logger.ts';

export const algorithms = ['RS256', 'ES256', 'ES384', 'ES512'] as const;
export type Algorithm = (typeof algorithms)[number];

/** A public key tokens are verified with; `id` is what upstream puts into the `kid` header. */
export interface VerificationKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** The key new tokens are signed with. */
export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

/** Keys from files that are read again when they change: for a token of an unknown key at once, else after a while. */
export interface SigningKeys {
  /** Throws where no signing key file was given. */
  signing(): SigningKey;
  /** Those with the id, or all where the token names none. */
  verification(keyId: string | undefined): readonly VerificationKey[];
}

const recheckMs = 10_000;
const retryUnknownMs = 1_000;
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

/** Reads all files once. Throws a FlagError that names the file where one holds no usable key. */
export function createSigningKeys(
  options: { readonly signingKeyFile?: string; readonly keyFiles: readonly string[] },
  deps: { readonly clock: Clock; readonly log: Logger },
): SigningKeys {
  const files = [...new Set([...(options.signingKeyFile ? [options.signingKeyFile] : []), ...options.keyFiles])];
  const load = (): { stamp: string; signing?: SigningKey; all: VerificationKey[] } => {
    const stamp = stampOf(files);
    const signing = options.signingKeyFile ? loadSigningKey(options.signingKeyFile) : undefined;
    const byId = new Map<string, VerificationKey>();
    if (signing) byId.set(signing.id, signing);
    for (const key of options.keyFiles.flatMap(loadVerificationKeys)) if (!byId.has(key.id)) byId.set(key.id, key);
    return { stamp, signing, all: [...byId.values()] };
  };
  let loaded = load();
  let checkedMs = deps.clock.monotonicMs();

  const reloadIfChanged = (afterMs: number): void => {
    const now = deps.clock.monotonicMs();
    if (now - checkedMs < afterMs) return;
    checkedMs = now;
    try {
      if (stampOf(files) !== loaded.stamp) loaded = load();
    } catch (error) {
      // The keys in hand still hold; the next check tries again.
      deps.log.error('unable to read service account keys again', { error: String(error) });
    }
  };

  return {
    signing: () => {
      reloadIfChanged(recheckMs);
      if (!loaded.signing) throw new Error('no service account signing key');
      return loaded.signing;
    },
    verification: (keyId) => {
      reloadIfChanged(recheckMs);
      const matching = (): VerificationKey[] =>
        keyId === undefined ? loaded.all : loaded.all.filter(({ id }) => id === keyId);
      const found = matching();
      if (found.length) return found;
      reloadIfChanged(retryUnknownMs);
      return matching();
    },
  };
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const { mtimeMs, size, ino } = statSync(file);
      return `${mtimeMs} ${size} ${ino}`;
    })
    .join('\n');
}

function loadSigningKey(file: string): SigningKey {
  try {
    const privateKey = createPrivateKey(readFileSync(file));
    return { ...verificationKey(createPublicKey(privateKey)), privateKey };
  } catch (error) {
    throw new FlagError(`failed to load service account signing key ${file}: ${(error as Error).message}`);
  }
}

/** Public keys of a PEM file: public keys, certificates, and the public halves of private keys. */
function loadVerificationKeys(file: string): VerificationKey[] {
  try {
    const blocks = [...readFileSync(file, 'utf8').matchAll(pemBlock)].filter(([, label]) => label !== 'EC PARAMETERS');
    if (!blocks.length) throw new Error('data does not contain any valid RSA or ECDSA public keys');
    return blocks.map(([block]) => verificationKey(createPublicKey(block)));
  } catch (error) {
    throw new FlagError(`failed to load service account key ${file}: ${(error as Error).message}`);
  }
}

function verificationKey(key: KeyObject): VerificationKey {
  const der = key.export({ type: 'spki', format: 'der' });
  return { id: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(key), key };
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const byCurve: Readonly<Record<string, Algorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
  const algorithm = byCurve[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!algorithm) throw new Error(`unsupported key type ${key.asymmetricKeyType ?? 'unknown'}`);
  return algorithm;
}
