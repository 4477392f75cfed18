import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { countIndexes, firstCommonIndex } from './index-intervals.ts';

describe('intervals of indexes', () => {
  for (const [text, expected] of [
    ['', 0],
    ['0', 1],
    ['0-2,5', 4],
    ['1,2,3', 3],
    ['9', 'too large index: "9"'],
    ['1-9', 'too large index: "9"'],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['1,', 'cannot convert string to integer for index: ""'],
    ['-1', 'cannot convert string to integer for index: ""'],
    ['3-1', 'non-increasing order, previous: 3, current: 1'],
    ['2-2', 'non-increasing order, previous: 2, current: 2'],
    ['1-4,3', 'non-increasing order, previous: 4, current: 3'],
    ['3,2-9', 'too large index: "9"'],
    [
      '1-2-3',
      `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
  ] as const)
    it(`${JSON.stringify(text)} of 8 names ${expected}`, () => assert.equal(countIndexes(text, 8), expected));

  for (const [one, other, common] of [
    ['', '1', undefined],
    ['0,2,4', '1,3,5', undefined],
    ['0-3', '3-5', 3],
    ['0,4-6', '1-5', 4],
    ['a,2', '9,2', 2],
  ] as const)
    it(`${JSON.stringify(one)} and ${JSON.stringify(other)} have ${common ?? 'none'} in common`, () => {
      assert.equal(firstCommonIndex(one, other, 8), common);
      assert.equal(firstCommonIndex(other, one, 8), common);
    });
});
