import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { canonicaliseMicroTime, canonicaliseTime, timeToMs } from './time.ts';

describe('time', () => {
  it('writes whole seconds in UTC', () => {
    assert.equal(canonicaliseTime('2024-02-29T10:00:00Z'), '2024-02-29T10:00:00Z');
    assert.equal(canonicaliseTime('2024-01-01T00:00:00.987Z'), '2024-01-01T00:00:00Z');
    assert.equal(canonicaliseTime('2024-01-01T01:30:00+02:00'), '2023-12-31T23:30:00Z');
    assert.equal(canonicaliseTime('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00Z');
  });

  it('writes six digits for a MicroTime', () => {
    assert.equal(canonicaliseMicroTime('2024-01-01T00:00:00.123456Z'), '2024-01-01T00:00:00.123456Z');
    assert.equal(canonicaliseMicroTime('2024-01-01T00:00:00.123456-01:00'), '2024-01-01T01:00:00.123456Z');
  });

  const layout = '2006-01-02T15:04:05Z07:00';
  const refused: readonly (readonly [text: string, message: string])[] = [
    ['x', `parsing time "x" as "${layout}": cannot parse "x" as "2006"`],
    ['2024', `parsing time "2024" as "${layout}": cannot parse "" as "-"`],
    ['2024-01-01', `parsing time "2024-01-01" as "${layout}": cannot parse "" as "T"`],
    ['2024-01-01T00:00:00', `parsing time "2024-01-01T00:00:00" as "${layout}": cannot parse "" as "Z07:00"`],
    ['2024-13-01T00:00:00Z', 'parsing time "2024-13-01T00:00:00Z": month out of range'],
    ['2023-02-29T00:00:00Z', 'parsing time "2023-02-29T00:00:00Z": day out of range'],
    ['2024-01-01T25:00:00Z', 'parsing time "2024-01-01T25:00:00Z": hour out of range'],
    ['2024-01-01T00:00:00Zx', 'parsing time "2024-01-01T00:00:00Zx": extra text: "x"'],
  ];
  for (const [text, message] of refused)
    it(`refuses ${text}`, () => assert.throws(() => canonicaliseTime(text), { message }));

  it('wants exactly six digits of a MicroTime', () => {
    assert.throws(() => canonicaliseMicroTime('2024-01-01T00:00:00Z'), {
      message:
        'parsing time "2024-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    });
  });

  it('gives milliseconds', () => {
    assert.equal(timeToMs('1970-01-01T00:00:01Z'), 1000);
    assert.equal(timeToMs(null), NaN);
  });
});
