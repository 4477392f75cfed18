import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { alignTabs } from './align-tabs.ts';

describe('alignTabs', () => {
  for (const [what, given, expected] of [
    ['makes a column of lines that follow one another', 'a:\t1\nlong:\t2\n', 'a:     1\nlong:  2\n'],
    ['begins anew after a line without it', 'a:\t1\nx\nlong:\t2', 'a:  1\nx\nlong:  2'],
    ['keeps columns within columns', 'a\tb\tc\naa\tbbb\tc\nd\te', 'a   b    c\naa  bbb  c\nd   e'],
    ['gives an empty cell the width of its column', 'k:\tv\n\tw', 'k:  v\n    w'],
    ['leaves text without tabs as it is', 'a b\n\nc', 'a b\n\nc'],
  ] as const)
    it(what, () => assert.equal(alignTabs(given), expected));
});
