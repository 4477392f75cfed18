import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ApiResponse } from '../request.ts';
import { withWarnings } from './warnings.ts';

const warningsOf = (texts: readonly string[]): unknown => {
  const response: ApiResponse = { status: 200, headers: {}, body: { kind: 'bytes', chunks: [] } };
  return withWarnings(response, texts).headers['warning'];
};

describe('warnings', () => {
  it('stand in headers, each once', () => {
    assert.equal(warningsOf([]), undefined);
    assert.deepEqual(warningsOf(['a "b"', 'c', 'a "b"', '']), ['299 - "a \\"b\\""', '299 - "c"']);
  });

  it('go out whole as long as they are short together', () => {
    const texts = ['a'.repeat(4000), 'b'.repeat(96)];
    assert.deepEqual(
      warningsOf(texts),
      texts.map((text) => `299 - "${text}"`),
    );
  });

  it('are shortened, and no more are added, where they are long together', () => {
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(300)}`);
    const sent = warningsOf(texts) as string[];
    assert.equal(sent.length, 16);
    assert.equal(sent[0], `299 - "0 ${'x'.repeat(254)}"`);
  });
});
