import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { unifiedDiff } from './text-diff.ts';

const text = (...lines: readonly (string | number)[]): string => lines.join('\n');

describe('unified diff', () => {
  const cases: readonly (readonly [name: string, old: string, next: string, diff: string])[] = [
    ['of the same is empty', text(1, 2), text(1, 2), ''],
    ['of one line', 'a', 'b', '@@ -1 +1 @@\n-a\n+b\n'],
    [
      'has three lines of context',
      text(1, 2, 3, 4, 5, 6, 7, 8, 9),
      text(1, 2, 3, 4, 'five', 6, 7, 8, 9),
      '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
    ],
    [
      'puts changes near each other in one hunk',
      text(1, 2, 3, 4, 5, 6, 7, 8),
      text('one', 2, 3, 4, 5, 6, 7, 'eight'),
      '@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n',
    ],
    [
      'inserts before the longest block, not within what looks like it',
      text('[', '{', 'b', 'n', '}', ']'),
      text('[', '{', 'a', 'n', '}', '{', 'b', 'n', '}', ']'),
      '@@ -1,4 +1,8 @@\n [\n+{\n+a\n+n\n+}\n {\n b\n n\n',
    ],
  ];
  for (const [name, old, next, diff] of cases) it(name, () => assert.equal(unifiedDiff(old, next), diff));
});
