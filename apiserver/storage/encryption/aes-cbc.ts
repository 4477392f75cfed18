import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../../../component/random.ts';
import type { Cipher } from './transformer.ts';

const blockBytes = 16;

/** AES in CBC mode with PKCS #7 padding, the initialisation vector first. What somebody changed is not always noticed. */
export function createAesCbc(secret: Buffer, random: Pick<Random, 'bytes'>): Cipher {
  const algorithm = `aes-${secret.length * 8}-cbc`;
  return {
    encrypt: (value) => {
      const vector = random.bytes(blockBytes);
      const cipher = createCipheriv(algorithm, secret, vector);
      return Buffer.concat([vector, cipher.update(value), cipher.final()]);
    },
    decrypt: (value) => {
      if (value.length < 2 * blockBytes) throw new Error('the stored data was shorter than the required size');
      const decipher = createDecipheriv(algorithm, secret, value.subarray(0, blockBytes));
      return Buffer.concat([decipher.update(value.subarray(blockBytes)), decipher.final()]);
    },
  };
}
