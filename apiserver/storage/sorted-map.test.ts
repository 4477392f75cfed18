import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { SortedMap } from './sorted-map.ts';

interface Item {
  readonly key: string;
  readonly n: number;
}

describe('SortedMap', () => {
  it('does what a sorted array does, through thousands of random changes', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const map = new SortedMap<Item>();
    const model = new Map<string, Item>();
    const name = (): string => `/k/${random(4000).toString(36)}`;
    for (let round = 0; round < 30_000; round++) {
      const key = name();
      // Grows, then shrinks to nothing.
      if (random(100) < (round < 18_000 ? 75 : 20)) {
        const item = { key, n: round };
        assert.equal(map.set(item), model.get(key));
        model.set(key, item);
      } else {
        assert.equal(map.delete(key), model.get(key));
        model.delete(key);
      }
      if (round % 300 !== 0) continue;
      const sorted = [...model.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      assert.equal(map.size, sorted.length);
      assert.deepEqual([...map.values()], sorted);
      const [start, end] = [name(), name()];
      const within = sorted.filter((item) => item.key >= start && item.key < end);
      assert.deepEqual(map.range(start, end), within);
      assert.deepEqual(map.range(start, end, 7), within.slice(0, 7));
      assert.equal(map.count(start, end), within.length);
      assert.equal(map.get(key), model.get(key));
    }
  });

  it('takes keys that come in order, and gives them all up', () => {
    const map = new SortedMap<Item>();
    const keys = Array.from({ length: 5000 }, (_, i) => String(i).padStart(6, '0'));
    for (const [n, key] of keys.entries()) map.set({ key, n });
    assert.deepEqual(
      map.range('', '~').map(({ key }) => key),
      keys,
    );
    assert.equal(map.count('000100', '004100'), 4000);
    for (const key of keys) map.delete(key);
    assert.deepEqual([map.size, map.range('', '~'), map.count('', '~')], [0, [], 0]);
    map.set({ key: 'a', n: 1 });
    map.clear();
    assert.equal(map.get('a'), undefined);
  });
});
