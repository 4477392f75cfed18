import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { AnyObject } from '../meta/object.ts';
import { keepTimesIfUnchanged } from './keep-times.ts';

const object = (time: string | undefined, more: object = {}, fieldsV1: object = { 'f:data': {} }): AnyObject => ({
  metadata: {
    name: 'a',
    managedFields: [{ manager: 'm', operation: 'Apply', time, fieldsV1: fieldsV1 as Record<string, unknown> }],
  },
  data: { k: '1' },
  ...more,
});

describe('keepTimesIfUnchanged', () => {
  const old = '2026-01-01T00:00:00Z';
  const cases: readonly [name: string, next: AnyObject, expected: string | undefined][] = [
    ['gives old times back where nothing else changed', object('2026-02-02T00:00:00Z'), old],
    ['also where there was a time and is none', object(undefined), old],
    ['leaves new times where the object changed', object('2026-02-02T00:00:00Z', { data: {} }), '2026-02-02T00:00:00Z'],
    ['leaves new times where owners changed', object('2026-02-02T00:00:00Z', {}, { 'f:x': {} }), '2026-02-02T00:00:00Z'], // prettier-ignore
  ];
  for (const [name, next, expected] of cases) {
    it(name, () => {
      keepTimesIfUnchanged(next, object(old));
      assert.equal(next.metadata.managedFields![0]!.time, expected);
    });
  }
  it('does nothing where there are no entries', () => {
    const next: AnyObject = { metadata: { name: 'a' } };
    keepTimesIfUnchanged(next, object(old));
    assert.deepEqual(next, { metadata: { name: 'a' } });
  });
});
