import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { framedMessage } from './call-stream.ts';
import { decodeWatchResponse, encodeWatch } from './watch-messages.ts';

const etcd3 = dirname(fileURLToPath(import.meta.resolve('etcd3/package.json')));
const types = protobuf.loadSync(join(etcd3, 'proto/rpc.proto'));
const header = { clusterId: '14841639068965178418', memberId: '1', revision: 5_000_000_000, raftTerm: 2 };
const key = Buffer.from('/registry/pods/a/b');

function write(value: Record<string, unknown>): Buffer {
  const message = types.lookupType('etcdserverpb.WatchResponse');
  return Buffer.from(message.encode(message.fromObject(value)).finish());
}

describe('messages of the Watch service', () => {
  it('ask for a watch', () => {
    const message = types.lookupType('etcdserverpb.WatchRequest');
    const asked = (request: Parameters<typeof encodeWatch>[0]): unknown =>
      message.toObject(message.decode(encodeWatch(request).subarray(framedMessage.headerBytes)), {
        longs: String,
        bytes: Buffer,
      });
    const rangeEnd = Buffer.of(0);
    assert.deepEqual(asked({ key, rangeEnd, startRevision: 2 ** 40 + 7, prevKv: true, fragment: true }), {
      createRequest: { key, rangeEnd, startRevision: '1099511627783', prevKv: true, fragment: true },
    });
    assert.deepEqual(asked({ key, rangeEnd, startRevision: 1, prevKv: false, fragment: false }), {
      createRequest: { key, rangeEnd, startRevision: '1' },
    });
  });

  it('bring events', () => {
    const kv = { key, createRevision: 3, modRevision: 4_294_967_296, version: 5, value: Buffer.from('new'), lease: 9 };
    const old = { key, createRevision: 3, modRevision: 7, value: Buffer.from('old') };
    const gone = { key, modRevision: 4_294_967_297 };
    const events = [
      { type: 0, kv, prevKv: old },
      { type: 1, kv: gone },
    ];
    const { version: _version, lease: _lease, ...found } = kv;
    assert.deepEqual(decodeWatchResponse(write({ header, watchId: 3, fragment: true, events })), {
      canceled: false,
      compactRevision: 0,
      cancelReason: '',
      fragment: true,
      events: [
        { type: 'put', kv: found, prevKv: old },
        { type: 'delete', kv: { ...gone, createRevision: 0, value: Buffer.alloc(0) }, prevKv: undefined },
      ],
    });
  });

  it('say why a watch is over', () => {
    const canceled = { header, watchId: -1, created: true, canceled: true };
    const nothing = { canceled: true, compactRevision: 0, cancelReason: '', fragment: false, events: [] };
    assert.deepEqual(decodeWatchResponse(write({ ...canceled, compactRevision: 2 ** 33 })), {
      ...nothing,
      compactRevision: 2 ** 33,
    });
    assert.deepEqual(decodeWatchResponse(write({ ...canceled, cancelReason: 'permission denied' })), {
      ...nothing,
      cancelReason: 'permission denied',
    });
  });

  it('are refused where they are cut off, or an event names no key', () => {
    const whole = write({ events: [{ kv: { key, value: Buffer.from('value') } }] });
    for (let length = 1; length < whole.length; length++) {
      assert.throws(() => decodeWatchResponse(whole.subarray(0, length)), /cut off/, `${length} bytes`);
    }
    assert.throws(() => decodeWatchResponse(write({ events: [{ type: 1 }] })), /without a key/);
  });
});
