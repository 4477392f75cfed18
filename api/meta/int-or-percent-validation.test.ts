import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { intOrPercentNumber } from './int-or-percent-validation.ts';

describe('a number or a percentage', () => {
  for (const [value, number] of [
    [3, 3],
    ['30%', 30],
    ['5', 5],
    ['-5', -5],
    ['x', 0],
    [undefined, 0],
  ] as const)
    it(`${JSON.stringify(value)} counts as ${number}`, () => assert.equal(intOrPercentNumber(value), number));
});
