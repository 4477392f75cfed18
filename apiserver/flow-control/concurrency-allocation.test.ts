import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allocate, type Share } from './concurrency-allocation.ts';

describe('concurrency allocation', () => {
  const share = (target: number, lowerBound: number, upperBound: number): Share => ({ target, lowerBound, upperBound });
  const cases: [string, number, Share[], number[] | undefined][] = [
    ['in proportion to the targets', 30, [share(10, 0, 100), share(20, 0, 100)], [10, 20]],
    ['less than wanted, still in proportion', 15, [share(10, 0, 100), share(20, 0, 100)], [5, 10]],
    ['a lower bound is kept', 30, [share(15, 15, 100), share(45, 5, 100)], [15, 15]],
    ['an upper bound is kept', 30, [share(20, 0, 5), share(10, 0, 100)], [5, 25]],
    ['all at the lower bounds', 10, [share(5, 5, 10), share(9, 5, 10)], [5, 5]],
    ['all at the upper bounds', 20, [share(1, 0, 10), share(1, 0, 10)], [10, 10]],
    ['nobody wants any', 12, [share(0, 0, 100), share(0, 0, 100)], [6, 6]],
    ['nothing to divide', 0, [share(3, 0, 10)], [0]],
    ['impossible: the lower bounds are too high', 9, [share(5, 5, 10), share(5, 5, 10)], undefined],
    ['impossible: the upper bounds are too low', 21, [share(5, 5, 10), share(5, 5, 10)], undefined],
  ];
  for (const [what, sum, shares, expected] of cases)
    it(what, () => {
      const allocations = allocate(sum, shares)?.allocations.map((value) => Math.round(value * 1e6) / 1e6);
      assert.deepEqual(allocations, expected);
    });
});
