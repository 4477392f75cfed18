import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { atOnce, inSlices, type Steps } from './in-slices.ts';
import { jsonText } from './json-text.ts';

describe('work in slices', () => {
  it('gives others their turns every few milliseconds', async () => {
    let nowMs = 0;
    const clock = { ...createFakeClock(), monotonicMs: () => (nowMs += 3) };
    const seen: string[] = [];
    function* steps(): Steps<string> {
      for (const step of ['one', 'two', 'three', 'four']) {
        seen.push(step);
        yield;
      }
      return 'done';
    }
    setImmediate(() => seen.push('another'));
    assert.equal(await inSlices(steps(), clock), 'done');
    assert.deepEqual(seen, ['one', 'two', 'another', 'three', 'four']);
  });

  it('fails as the work fails', async () => {
    function* steps(): Steps<never> {
      yield;
      throw new Error('no');
    }
    await assert.rejects(inSlices(steps(), createFakeClock()), /^Error: no$/);
  });
});

describe('the text of a document', () => {
  it('is that of JSON.stringify', () => {
    const document = {
      text: 'a "quoted" word',
      nothing: undefined,
      paths: { '/a': { get: { list: [1, { b: undefined }], empty: {} } }, '/b': null },
      components: { schemas: { X: { type: 'object', gone: undefined, deep: { deeper: { deepest: true } } } } },
      security: [{ BearerToken: [] }],
    };
    assert.equal(atOnce(jsonText(document)).toString(), JSON.stringify(document));
  });
});
