import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CronScheduleError, parseCronSchedule } from './cron-schedule.ts';

describe('cron schedule', () => {
  const fields = (text: string): string => {
    const { minutes, hours, daysOfMonth, months, daysOfWeek } = parseCronSchedule(text);
    return [minutes, hours, daysOfMonth, months, daysOfWeek].map((values) => [...values].join(',')).join(' ');
  };
  const good: readonly (readonly [text: string, fields: string])[] = [
    ['5 4 3 2 1', '5 4 3 2 1'],
    ['*/20 0-23/8 1 JAN,dec sun', '0,20,40 0,8,16 1 1,12 0'],
    ['50/5 0 1 ? 0', '50,55 0 1 1,2,3,4,5,6,7,8,9,10,11,12 0'],
    ['30 12 1 6 mon-wed', '30 12 1 6 1,2,3'],
  ];
  for (const [text, expected] of good) it(`reads ${text}`, () => assert.equal(fields(text), expected));

  it('knows whether a day is a star, which a step above one is not', () => {
    const { anyDayOfMonth, anyDayOfWeek } = parseCronSchedule('@daily');
    assert.deepEqual([anyDayOfMonth, anyDayOfWeek], [true, true]);
    assert.equal(parseCronSchedule('0 0 */2 * *').anyDayOfMonth, false);
  });

  for (const [text, everyMs] of [
    ['@every 1h30m', 5_400_000],
    ['@every 1500ms', 1000],
    ['@every 1ns', 1000],
  ] as const)
    it(`reads ${text}`, () => assert.equal(parseCronSchedule(text).everyMs, everyMs));

  const bad: readonly (readonly [text: string, complaint: string])[] = [
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['9-5 * * * *', 'beginning of range (9) beyond end of range (5): 9-5'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    [
      '* * * constructor *',
      'failed to parse int from constructor: strconv.Atoi: parsing "constructor": invalid syntax',
    ],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every 5', 'failed to parse duration @every 5: time: missing unit in duration "5"'],
    ['@every 1d', 'failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
  ];
  for (const [text, message] of bad)
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(
        () => parseCronSchedule(text),
        (error) => {
          assert.ok(error instanceof CronScheduleError);
          assert.equal(error.message, message);
          return true;
        },
      ));
});
