import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { formatDuration, humanDuration, parseDuration } from './duration.ts';

describe('duration', () => {
  const forms: readonly (readonly [text: string, ms: number])[] = [
    ['0s', 0],
    ['1h15m30.5s', 4_530_500],
    ['250ms', 250],
    ['1m0s', 60_000],
    ['2h0m0s', 7_200_000],
    ['-1.5s', -1500],
    ['1.5µs', 0.0015],
  ];
  for (const [text, ms] of forms) {
    it(`reads and writes ${text}`, () => {
      assert.equal(parseDuration(text), ms);
      assert.equal(formatDuration(ms), text);
    });
  }

  const readOnly: readonly (readonly [text: string, ms: number])[] = [
    ['.5s', 500],
    ['1.5h', 5_400_000],
    ['100us', 0.1],
    ['100μs', 0.1],
    ['+1s', 1000],
    ['0', 0],
    ['-0', 0],
  ];
  for (const [text, ms] of readOnly) it(`reads ${text}`, () => assert.equal(parseDuration(text), ms));

  it("refuses in Go's words", () => {
    assert.throws(() => parseDuration('x'), { message: 'time: invalid duration "x"' });
    assert.throws(() => parseDuration(''), { message: 'time: invalid duration ""' });
    assert.throws(() => parseDuration('5'), { message: 'time: missing unit in duration "5"' });
    assert.throws(() => parseDuration('5d'), { message: 'time: unknown unit "d" in duration "5d"' });
    assert.throws(() => parseDuration('1s '), { message: 'time: unknown unit "s " in duration "1s "' });
    assert.throws(() => parseDuration('s'), { message: 'time: invalid duration "s"' });
  });

  const second = 1000;
  const [minute, hour, day] = [60 * second, 3600 * second, 86_400 * second];
  const ages: readonly (readonly [ms: number, text: string])[] = [
    [-5 * second, '<invalid>'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + 3 * hour, '2d3h'],
    [8 * day + 3 * hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [800 * day, '2y70d'],
    [8 * 365 * day + day, '8y'],
  ];
  for (const [ms, text] of ages) it(`shows the age ${text}`, () => assert.equal(humanDuration(ms), text));
});
