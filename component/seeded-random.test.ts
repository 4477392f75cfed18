import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createSeededRandom } from './seeded-random.ts';
import { systemRandom } from './random.ts';

for (const [name, random] of [
  ['system random', systemRandom],
  ['seeded random', createSeededRandom(42)],
] as const) {
  describe(name, () => {
    it('gives numbers from 0 up to but not 1, spread out', () => {
      const numbers = Array.from({ length: 2000 }, () => random.next());
      assert.ok(numbers.every((n) => n >= 0 && n < 1));
      const tenths = new Set(numbers.map((n) => Math.floor(n * 10)));
      assert.equal(tenths.size, 10);
    });

    it('gives uuids of version 4, each once', () => {
      const uuids = Array.from({ length: 100 }, () => random.uuid());
      for (const uuid of uuids) assert.match(uuid, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      assert.equal(new Set(uuids).size, 100);
    });

    it("gives suffixes of upstream's alphabet", () => {
      assert.match(random.suffix(5), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    it('gives as many bytes as wanted', () => {
      assert.equal(random.bytes(33).length, 33);
    });
  });
}

describe('seeded random', () => {
  it('repeats itself for the same seed only', () => {
    const draw = (seed: number): unknown[] => {
      const random = createSeededRandom(seed);
      return [random.next(), random.uuid(), random.suffix(8), random.bytes(4).toString('hex')];
    };
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });
});
