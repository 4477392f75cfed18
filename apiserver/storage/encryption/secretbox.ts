import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Random } from '../../../component/random.ts';
import type { Cipher } from './transformer.ts';

const nonceBytes = 24;
const tagBytes = 16;

/** XSalsa20 and Poly1305 (NaCl's secretbox) with a random nonce, which stands first. */
export function createSecretbox(secret: Buffer, random: Pick<Random, 'bytes'>): Cipher {
  return {
    encrypt: (value) => {
      const nonce = random.bytes(nonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(value)]);
    },
    decrypt: (value) => {
      if (value.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
      const opened = xsalsa20poly1305(secret, value.subarray(0, nonceBytes)).decrypt(value.subarray(nonceBytes));
      return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
    },
  };
}
