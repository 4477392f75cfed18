import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CacheEntry } from '../storage/cache-entry.ts';
import { selectEntries } from './select-entries.ts';
import type { Selection } from './selection.ts';

const entries = Array.from(
  { length: 12_000 },
  (_, index) =>
    new CacheEntry(`/k/${index}`, Buffer.alloc(0), 1, 1, {
      name: String(index),
      namespace: '',
      uid: '',
      labels: undefined,
      fields: undefined,
    }),
);
const selection = (matches: (index: number) => boolean): Selection => ({
  isEverything: false,
  matches: ({ name }) => matches(Number(name)),
  name: undefined,
  terms: [],
});

describe('selectEntries', () => {
  it('finds all that match, with turns of the event loop in between', async () => {
    let hadTurn = false;
    setImmediate(() => (hadTurn = true));
    const { entries: found, seen } = await selectEntries(
      entries,
      selection((index) => index % 4000 === 1),
    );
    assert.deepEqual(
      found.map(({ digest }) => digest.name),
      ['1', '4001', '8001'],
    );
    assert.equal(seen, entries.length);
    assert.ok(hadTurn);
  });

  it('stops behind the last one it may give', async () => {
    const odd = selection((index) => index % 2 === 1);
    const { entries: found, seen } = await selectEntries(entries, odd, 3);
    assert.deepEqual(
      found.map(({ digest }) => digest.name),
      ['1', '3', '5'],
    );
    assert.equal(seen, 6);
    const all = { ...odd, isEverything: true };
    assert.equal((await selectEntries(entries, all)).entries, entries);
  });
});
