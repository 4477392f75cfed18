import { TransformError, type Transformer } from './transformer.ts';

const encryptedHead = Buffer.from('k8s:enc:');

/** Values as they are. Refuses to hand out what is encrypted as if it were not. */
export const identity: Transformer = {
  prefix: '',
  encrypt: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  decrypt: (value) => {
    if (value.subarray(0, encryptedHead.length).equals(encryptedHead))
      throw new TransformError('identity transformer tried to read encrypted data');
    return { value, isStale: false };
  },
};
