import { createCipheriv, createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto';
import type { Random } from '../../../component/random.ts';
import type { Cipher } from './transformer.ts';

const nonceBytes = 12;
const tagBytes = 16;
const infoBytes = 32;
/** The least that a seed must have. */
export const seedBytes = 32;

/** AES in GCM with a random nonce, which stands first; bound to the path in the store. */
export function createAesGcm(secret: Buffer, random: Pick<Random, 'bytes'>): Cipher {
  const algorithm = `aes-${secret.length * 8}-gcm` as CipherGCMTypes;
  return {
    encrypt: (value, path) => {
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(path));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt: (value, path) => {
      if (value.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
      const decipher = createDecipheriv(algorithm, secret, value.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(Buffer.from(path))
        .setAuthTag(value.subarray(-tagBytes));
      return Buffer.concat([decipher.update(value.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    },
  };
}

/**
 * AES-GCM with a key of its own for each value, derived from a seed (HKDF-SHA256, RFC 5869 section 2.3: expand only) and
 * 32 random bytes that stand before the nonce: no number of writes wears the seed out.
 */
export function createSeededAesGcm(seed: Buffer, random: Pick<Random, 'bytes'>): Cipher {
  if (seed.length < seedBytes) throw new Error(`invalid seed length ${seed.length} used for key generation`);
  // One block of output is all that a key needs.
  const derive = (info: Buffer): Buffer => createHmac('sha256', seed).update(info).update(Buffer.of(1)).digest();
  return {
    encrypt: (value, path) => {
      const info = random.bytes(infoBytes);
      return Buffer.concat([info, createAesGcm(derive(info), random).encrypt(value, path)]);
    },
    decrypt: (value, path) => {
      if (value.length < infoBytes) throw new Error('the stored data was shorter than the required size');
      return createAesGcm(derive(value.subarray(0, infoBytes)), random).decrypt(value.subarray(infoBytes), path);
    },
  };
}
