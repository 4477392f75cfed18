import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'mocha';
import type { Digest } from './cache-entry.ts';
import { CacheBucket } from './cache-bucket.ts';
import type { IndexTerm } from './digest-index.ts';

const prefix = '/registry/pods/';
const end = '/registry/pods0';
const keyOf = (index: number): string => `${prefix}${String(index).padStart(6, '0')}`;

/** Values are the label `app`. */
const digest = (_: string, key: string, value: Buffer): Digest => ({
  name: key.slice(prefix.length),
  namespace: '',
  uid: '',
  labels: { app: value.toString() },
  fields: undefined,
});

function bucketOf(count: number, appOf: (index: number) => string): CacheBucket {
  const bucket = new CacheBucket(prefix, { completeAfter: 0, limits: { maxEvents: 100, maxBytes: 1 << 20 }, digest });
  for (let i = 0; i < count; i++)
    bucket.load({ key: keyOf(i), value: Buffer.from(appOf(i)), modRevision: 1, createRevision: 1 });
  return bucket;
}

const app = (...values: string[]): IndexTerm[] => [{ of: 'label', name: 'app', values }];
const found = (bucket: CacheBucket, terms: readonly IndexTerm[]): string[] | undefined =>
  bucket.select(terms, prefix, end)?.map(({ key }) => key);

describe('cache bucket', () => {
  it('selects from a few objects at once', () => {
    const bucket = bucketOf(100, (index) => (index === 7 ? 'web' : 'db'));
    assert.deepEqual(found(bucket, app('web')), [keyOf(7)]);
    assert.equal(found(bucket, app('db')), undefined, 'no less than to look at all');
  });

  it('makes an index of many objects in several turns of the event loop, with what changes meanwhile', async () => {
    const count = 20_000;
    const bucket = bucketOf(count, (index) => (index % 5000 === 0 ? 'web' : 'db'));
    const change = (index: number, value: string | undefined): void => {
      const [type, created] = value === undefined ? (['delete', false] as const) : (['put', index >= count] as const);
      bucket.apply({ type, key: keyOf(index), value: Buffer.from(value ?? ''), modRevision: 2, created });
    };
    assert.equal(found(bucket, app('web')), undefined);
    change(0, undefined); // among those that are in the index
    change(1, 'web');
    change(15_000, 'db'); // among those that are not
    change(15_001, 'web');
    change(15_002, undefined);
    change(count, 'web'); // behind all
    let turns = 0;
    for (; found(bucket, app('web')) === undefined; turns++) await turn();
    assert.ok(turns > 1);
    assert.deepEqual(found(bucket, app('web')), [1, 5000, 10_000, 15_001, count].map(keyOf));
    change(5000, 'db');
    assert.deepEqual(found(bucket, app('web', 'none')), [1, 10_000, 15_001, count].map(keyOf));
  });

  it('keeps the indices that were asked for last, whole or not', async () => {
    const bucket = bucketOf(10_000, (index) => (index === 3 ? 'web' : 'db'));
    found(bucket, app('web'));
    for (let i = 0; i < 20; i++) found(bucket, [{ of: 'label', name: `other-${i}`, values: ['x'] }]);
    for (let i = 0; i < 5; i++) await turn();
    assert.equal(found(bucket, app('web')), undefined, 'was given up and begins again');
    while (found(bucket, app('web')) === undefined) await turn();
    assert.deepEqual(found(bucket, app('web')), [keyOf(3)]);
  });
});
