import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DroppedRequests } from './dropped-requests.ts';

describe('dropped requests', () => {
  /** Retry-After after each of the seconds, in each of which so many are dropped. */
  const play = (perSecond: readonly number[]): number[] => {
    const dropped = new DroppedRequests();
    return perSecond.map((count, second) => {
      for (let i = 0; i < count; i++) dropped.add(1_000_000_000 + second * 1000 + i);
      return dropped.retryAfterSeconds;
    });
  };
  const cases: [string, number[], number[]][] = [
    ['few ask clients to come back in a second', [1, 1, 1, 1], [1, 1, 1, 1]],
    ['many double it, at most once in the time it says', [5, 5, 5, 5, 5, 5, 5], [1, 2, 2, 4, 4, 4, 4]],
    [
      'it goes down again a second at a time',
      [9, 9, 9, 9, 0, 0, 0, 0, 1, 0, 0, 1],
      [1, 2, 2, 4, 4, 4, 4, 4, 3, 3, 3, 2],
    ],
    ['there is a longest', new Array<number>(80).fill(200), [1, 2, 2, 4, 4, 4, 4, 8]],
  ];
  for (const [what, perSecond, expected] of cases)
    it(what, () => {
      const played = play(perSecond);
      assert.deepEqual(played.slice(0, expected.length), expected);
      assert.ok(Math.max(...played) <= 32);
    });
});
