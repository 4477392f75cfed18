import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import { decodeRange, decodeSwap, encodeRange, encodeSwap } from './kv-messages.ts';
import { framedMessage } from './unary-stream.ts';

const etcd3 = dirname(fileURLToPath(import.meta.resolve('etcd3/package.json')));
const types = protobuf.loadSync(join(etcd3, 'proto/rpc.proto'));
const asObject = { longs: String, enums: String, bytes: Buffer, defaults: false } as const;

/** As another implementation reads it. */
function read(type: string, framed: Buffer): unknown {
  assert.equal(framed[0], 0);
  assert.equal(framed.readUInt32BE(1), framed.length - framedMessage.headerBytes);
  const message = types.lookupType(`etcdserverpb.${type}`);
  return message.toObject(message.decode(framed.subarray(framedMessage.headerBytes)), asObject);
}

function write(type: string, value: Record<string, unknown>): Buffer {
  const message = types.lookupType(`etcdserverpb.${type}`);
  return Buffer.from(message.encode(message.fromObject(value)).finish());
}

const key = Buffer.from('/registry/pods/a/b');

describe('messages of the KV service', () => {
  it('asks for ranges', () => {
    assert.deepEqual(read('RangeRequest', encodeRange({ key })), { key });
    const revision = 2 ** 40 + 7;
    const request = { key, rangeEnd: Buffer.alloc(300, 'z'), limit: 500, revision, keysOnly: true };
    assert.deepEqual(read('RangeRequest', encodeRange(request)), {
      key,
      rangeEnd: request.rangeEnd,
      limit: '500',
      revision: String(revision),
      keysOnly: true,
    });
  });

  for (const expectedRevision of [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 35 + 3, 2 ** 52 + 1]) {
    it(`puts where the revision is ${expectedRevision}`, () => {
      const value = Buffer.alloc(70_000, 'v');
      const lease = 7587862094513455617n;
      const failure = [{ requestRange: { key } }];
      const compare = {
        target: 'Mod',
        key,
        ...(expectedRevision > 0 ? { modRevision: String(expectedRevision) } : {}),
      };
      assert.deepEqual(read('TxnRequest', encodeSwap({ key, expectedRevision, put: { value, lease } })), {
        compare: [compare],
        success: [{ requestPut: { key, value, lease: String(lease) } }],
        failure,
      });
      assert.deepEqual(read('TxnRequest', encodeSwap({ key, expectedRevision })), {
        compare: [compare],
        success: [{ requestDeleteRange: { key } }],
        failure,
      });
    });
  }

  it('puts an empty value', () => {
    const { success } = read(
      'TxnRequest',
      encodeSwap({ key, expectedRevision: 1, put: { value: Buffer.alloc(0) } }),
    ) as { success: unknown };
    assert.deepEqual(success, [{ requestPut: { key, value: Buffer.alloc(0) } }]);
  });

  const header = {
    clusterId: '14841639068965178418',
    memberId: '10276657743932975437',
    revision: 5_000_000_000,
    raftTerm: 2,
  };
  const kv = { key, createRevision: 3, modRevision: 4_294_967_296, version: 5, value: Buffer.from('value'), lease: 9 };
  const found = { key, createRevision: 3, modRevision: 4_294_967_296, value: Buffer.from('value') };

  it('reads the answer to a range', () => {
    assert.deepEqual(decodeRange(write('RangeResponse', { header, kvs: [kv, { key }], more: true, count: 7 })), {
      revision: 5_000_000_000,
      kvs: [found, { key, createRevision: 0, modRevision: 0, value: Buffer.alloc(0) }],
      more: true,
      count: 7,
    });
    assert.deepEqual(decodeRange(write('RangeResponse', {})), { revision: 0, kvs: [], more: false, count: 0 });
  });

  it('reads the answer to a transaction', () => {
    const done = { header, succeeded: true, responses: [{ responsePut: { header: { revision: 1 } } }] };
    assert.deepEqual(decodeSwap(write('TxnResponse', done)), {
      revision: 5_000_000_000,
      succeeded: true,
      current: undefined,
    });
    const range = { header: { revision: 6 }, kvs: [kv], count: 1 };
    const refused = { header, succeeded: false, responses: [{ responseRange: range }] };
    assert.deepEqual(decodeSwap(write('TxnResponse', refused)), {
      revision: 5_000_000_000,
      succeeded: false,
      current: found,
    });
    const nothing = { header, succeeded: false, responses: [{ responseRange: { header: { revision: 6 } } }] };
    assert.equal(decodeSwap(write('TxnResponse', nothing)).current, undefined);
  });

  it('passes over fields it does not know', () => {
    const unknown = Buffer.from('782a 7d01020304 7901020304 05060708 7a0161'.replaceAll(' ', ''), 'hex');
    assert.equal(decodeRange(Buffer.concat([unknown, write('RangeResponse', { header })])).revision, 5_000_000_000);
  });

  it('refuses what is cut off', () => {
    const first = write('RangeResponse', { header });
    const whole = write('RangeResponse', { header, kvs: [kv] });
    for (let length = 1; length < whole.length; length++) {
      if (length === first.length) continue; // Between two fields: a whole message, only shorter.
      assert.throws(() => decodeRange(whole.subarray(0, length)), /cut off/, `${length} bytes`);
    }
    assert.throws(() => decodeRange(Buffer.of(0x0b)), /wire type 3/);
  });
});
