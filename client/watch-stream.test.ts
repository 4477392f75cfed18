import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readLines } from './watch-stream.ts';

async function* from(...chunks: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const all: string[] = [];
  for await (const lines of readLines(from(...chunks))) all.push(...lines);
  return all;
}

describe('watch stream', () => {
  const cases: [name: string, chunks: (string | Buffer)[], lines: string[]][] = [
    ['nothing', [], []],
    ['one line', ['a\n'], ['a']],
    ['several lines in a chunk', ['a\nb\nc\n'], ['a', 'b', 'c']],
    ['a line over many chunks', ['a', 'b', 'c\nd', '\n'], ['abc', 'd']],
    ['an end of line alone in its chunk', ['ab', '\n', 'c\n'], ['ab', 'c']],
    ['empty lines, which are nothing', ['\n\na\n\n'], ['a']],
    ['a last line without its end, which is dropped', ['a\nhal'], ['a']],
    ['a character cut in two', [Buffer.from('ä\n').subarray(0, 1), Buffer.from('ä\n').subarray(1)], ['ä']],
  ];
  for (const [name, chunks, lines] of cases) {
    it(`reads ${name}`, async () => assert.deepEqual(await linesOf(...chunks), lines));
  }

  it('hands on complete lines without waiting for more', async () => {
    const lines = readLines(from('a\nb', 'c\n'));
    assert.deepEqual((await lines.next()).value, ['a']);
    assert.deepEqual((await lines.next()).value, ['bc']);
  });
});
