import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Toleration } from '../../api/schema/generated/core-v1.ts';
import { covers, mergeTolerations } from './merge-tolerations.ts';

const effects = [undefined, 'NoSchedule', 'NoExecute'];

/** Every toleration of two keys and two values there can be, some twice as long as others. */
const every: Toleration[] = ['', 'a', 'b'].flatMap((key) =>
  effects.flatMap((effect) => {
    const seconds = effect === 'NoExecute' ? [undefined, 1, 2] : [undefined];
    return seconds.flatMap((tolerationSeconds) => [
      { key, operator: 'Exists', effect, tolerationSeconds },
      ...(key ? ['x', 'y'].map((value) => ({ key, operator: 'Equal', value, effect, tolerationSeconds })) : []),
    ]);
  }),
);

describe('tolerations merged', () => {
  it('keeps those that no other covers, of every two there are', () => {
    for (const first of every) {
      for (const second of every) {
        const expected =
          first === second || covers(first, second) ? [first] : covers(second, first) ? [second] : [first, second];
        assert.deepEqual(mergeTolerations([first], [second]), expected);
      }
    }
  });

  it('keeps the order, and of equal ones the first', () => {
    const [a, b]: Toleration[] = [{ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'Exists' }]; // prettier-ignore
    const narrow = { key: 'a', operator: 'Equal', value: 'x' };
    assert.deepEqual(mergeTolerations([narrow, b!], [a!, { ...b! }]), [b, a]);
  });

  it('keeps of many what it keeps of them two at a time', () => {
    const named = [...every, ...every, ...every].filter(({ key }) => key);
    for (const left of every) {
      const some = named.filter((toleration) => !covers(toleration, left));
      const expected = some.reduce<Toleration[]>((kept, toleration) => mergeTolerations(kept, [toleration]), []);
      assert.ok(some.length > 32);
      assert.deepEqual(new Set(mergeTolerations(some, [])), new Set(expected));
    }
  });

  it('merges as many as a request holds without a look at every pair', () => {
    let reads = 0;
    const many = Array.from({ length: 20_000 }, (_, i) => {
      const toleration = { key: 'k', operator: 'Equal', value: `v${i}`, tolerationSeconds: i };
      return Object.defineProperty(toleration, 'effect', { get: () => (reads++, 'NoExecute') }) as Toleration;
    });
    assert.equal(mergeTolerations(many, []).length, many.length);
    assert.ok(reads < many.length * 50, `${reads} reads`);
  });
});
