import type { IEvent } from 'etcd3';
import { registryPrefix } from '../keys.ts';
import type { Change, StoredValue } from '../storage.ts';
import type { KeyValue } from './grpc/kv-messages.ts';

const slabBytes = 16 << 10;

/** Maps the keys of the contract, which begin with `/registry/`, to those in etcd, which may have another root. */
export class KeyCodec {
  readonly #root: string | undefined;

  /** `root` is that of `--etcd-prefix`, such as `/registry`. */
  constructor(root: string) {
    const withSlashes = `/${root.replace(/^\/+|\/+$/g, '')}/`;
    this.#root = withSlashes === registryPrefix ? undefined : withSlashes;
  }

  encode(key: string): Buffer {
    if (this.#root !== undefined && key.startsWith(registryPrefix)) {
      return Buffer.from(this.#root + key.slice(registryPrefix.length));
    }
    return Buffer.from(key);
  }

  /** The exclusive end of the range of all keys under a prefix. */
  encodeEnd(prefix: string): Buffer {
    const end = this.encode(prefix);
    end[end.length - 1]! += 1;
    return end;
  }

  decode(bytes: Buffer): string {
    const key = bytes.toString();
    if (this.#root === undefined) return key;
    if (key.startsWith(this.#root)) return registryPrefix + key.slice(this.#root.length);
    // A foreign key must not be taken for one of ours.
    return key.startsWith(registryPrefix) ? `foreign:${key}` : key;
  }
}

/**
 * Copies values out of received messages, so that a value that is kept does not keep a whole page. Neighbours share
 * slabs of 16 KiB, which costs less memory than a Buffer of its own for each.
 */
export class ValuePacker {
  #slab = Buffer.alloc(0);
  #used = 0;

  pack(bytes: Buffer): Buffer {
    const { length } = bytes;
    if (length > slabBytes >> 2) return copy(bytes);
    if (this.#used + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const packed = this.#slab.subarray(this.#used, this.#used + length);
    bytes.copy(packed);
    this.#used += length;
    return packed;
  }
}

/** The same bytes in memory of their own. */
export function copy(bytes: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

/** What etcd keeps under a key, in the words of the store. */
export function toStored(kv: KeyValue, codec: KeyCodec, pack: (bytes: Buffer) => Buffer): StoredValue {
  return {
    key: codec.decode(kv.key),
    value: pack(kv.value),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
  };
}

/** One of etcd's events, in the words of the store. */
export function toChange({ type, kv, prev_kv: previous }: IEvent, key: string): Change {
  const isPut = type === 'Put';
  return {
    type: isPut ? 'put' : 'delete',
    key,
    value: isPut ? copy(kv.value) : emptyValue,
    modRevision: Number(kv.mod_revision),
    created: isPut && kv.create_revision === kv.mod_revision,
    ...(previous ? { previous: { value: copy(previous.value), modRevision: Number(previous.mod_revision) } } : {}),
  };
}

const emptyValue = Buffer.alloc(0);
