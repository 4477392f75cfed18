import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import { createCodec } from '../../api/schema/codec.ts';
import { loadSchemaTable } from '../../api/schema/schema-table.ts';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { exampleOf } from '../../test/support/example-object.ts';
import { resourcePrefix, storageKey } from '../storage/keys.ts';
import { createDigest } from './digest.ts';

const codec = createCodec(loadSchemaTable());
const digest = createDigest(resources);
const stored = resources.filter((row) => row.storagePrefix !== undefined && !row.storedAs);

describe('digest', () => {
  for (const row of stored)
    it(`is the same of ${row.plural}.${row.group} as stored and as they are about to be stored`, () => {
      const random = createSeededRandom(1);
      for (let round = 0; round < 8; round++) {
        const chooses = (): boolean => round === 0 || random.next() < 0.6;
        const { object } = codec.decode(row.typeName, exampleOf(codec.plan(row.typeName)!, chooses));
        const named = { ...object, metadata: { ...object.metadata, name: 'a', uid: 'u' } } as AnyObject;
        row.setDefaults?.(named);
        const value = codec.encode(named, { apiVersion: apiVersionOf(row), kind: row.kind });
        const key = storageKey(row, { namespace: 'n', name: 'a' });
        const of = (from?: AnyObject): unknown => {
          const { labels, ...rest } = digest(resourcePrefix(row), key, value, from);
          return { ...rest, labels: { ...labels } };
        };
        assert.deepEqual(of(named), of());
      }
    });

  it('keeps the labels that were written when the object is changed afterwards', () => {
    const row = stored.find(({ plural }) => plural === 'pods')!;
    const object = { metadata: { name: 'a', labels: { app: 'x' } } } as unknown as AnyObject;
    const { labels } = digest(resourcePrefix(row), '/registry/pods/n/a', Buffer.from('{}'), object);
    object.metadata.labels!['app'] = 'y';
    assert.deepEqual(labels, { app: 'x' });
  });
});
