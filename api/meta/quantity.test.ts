import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isQuantity,
  milliValue,
  parseQuantity,
  quantityErrors,
  quantityToNumber,
  quantityValue,
  scaledValue,
  subtractQuantities,
} from './quantity.ts';

describe('quantity', () => {
  const canonical: readonly (readonly [given: string, wanted: string])[] = [
    ['0', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['100m', '100m'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['1.', '1'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['+5', '5'],
    ['-1.5', '-1500m'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['1Gi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1.5Ki', '1536'],
    ['0.1Ki', '102400m'],
    ['1.1Ki', '1126400m'],
    ['1000Ki', '1000Ki'],
    ['2Ei', '2Ei'],
    ['1e3', '1e3'],
    ['1e4', '10e3'],
    ['12E6', '12e6'],
    ['1E', '1E'],
    ['1000000G', '1P'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['1.0000000001', '1000000001n'],
    ['007', '7'],
    ['9223372036854775808', '9223372036854775807'],
    ['1e3000', '9223372036854775807'],
    ['1e-5000', '1e-9'],
    ['0e99999', '0'],
  ];
  for (const [given, wanted] of canonical) {
    it(`writes ${given} as ${wanted}`, () => {
      assert.equal(canonicalQuantity(given), wanted);
      assert.equal(canonicalQuantity(wanted), wanted);
    });
  }

  const refused: readonly (readonly [string, keyof typeof quantityErrors])[] = [
    ['', 'format'],
    ['x', 'format'],
    ['1.2.3', 'format'],
    ['1 Gi', 'format'],
    ['.', 'numeric'],
    ['Ki', 'numeric'],
    ['1K', 'suffix'],
    ['1ki', 'suffix'],
    ['1e', 'suffix'],
    ['1Kim', 'suffix'],
  ];
  for (const [given, why] of refused) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(() => parseQuantity(given), { message: quantityErrors[why] });
      assert.equal(isQuantity(given), false);
    });
  }

  it('compares by value, exactly', () => {
    assert.equal(compareQuantities('1', '1000m'), 0);
    assert.equal(compareQuantities('1Gi', '1G'), 1);
    assert.equal(compareQuantities('9007199254740993', '9007199254740992'), 1);
    assert.equal(compareQuantities('-1', '0'), -1);
    assert.equal(compareQuantities(2, '2'), 0);
  });

  it('adds and subtracts in the format of the first', () => {
    assert.equal(formatQuantity(addQuantities('0.1', '0.2')), '300m');
    assert.equal(formatQuantity(addQuantities('1Gi', '512Mi')), '1536Mi');
    assert.equal(formatQuantity(addQuantities('0', '1Gi')), '1Gi');
    assert.equal(formatQuantity(subtractQuantities('1', '1500m')), '-500m');
  });

  it('rounds away from zero where a unit is too coarse', () => {
    assert.equal(quantityValue('100m'), 1);
    assert.equal(quantityValue('1Gi'), 1073741824);
    assert.equal(quantityValue('-1500m'), -2);
    assert.equal(milliValue('0.0001'), 1);
    assert.equal(milliValue('2'), 2000);
    assert.equal(scaledValue('1u', 9), 1000n);
    assert.equal(quantityToNumber('250m'), 0.25);
  });
});
