import { matchingBlocks } from './matching-blocks.ts';

const contextLines = 3;

interface Change {
  /** Lines from..to of the one text stand where lines from..to of the other do. */
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** The differences of two values as JSON, in unified format without file names; empty where there are none. */
export function jsonDiff(old: unknown, next: unknown): string {
  return unifiedDiff(JSON.stringify(old, null, 1), JSON.stringify(next, null, 1));
}

/** The unified diff of two texts, three lines of context, without file names. */
export function unifiedDiff(old: string, next: string): string {
  const oldLines = old.split('\n');
  const newLines = next.split('\n');
  return groupChanges(findChanges(oldLines, newLines))
    .map((group) => formatHunk(group, oldLines, newLines))
    .join('');
}

/** What lies between the blocks that both texts have. */
function findChanges(old: readonly string[], next: readonly string[]): Change[] {
  const changes: Change[] = [];
  let oldFrom = 0;
  let newFrom = 0;
  for (const { a, b, length } of [...matchingBlocks(old, next), { a: old.length, b: next.length, length: 0 }]) {
    if (oldFrom < a || newFrom < b) changes.push({ oldFrom, oldTo: a, newFrom, newTo: b });
    oldFrom = a + length;
    newFrom = b + length;
  }
  return changes;
}

/** Changes whose context meets stand in one hunk. */
function groupChanges(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    if (last && change.oldFrom - last.at(-1)!.oldTo <= 2 * contextLines) last.push(change);
    else groups.push([change]);
  }
  return groups;
}

function formatHunk(group: readonly Change[], old: readonly string[], next: readonly string[]): string {
  const first = group[0]!;
  const last = group.at(-1)!;
  const before = Math.min(contextLines, first.oldFrom);
  const after = Math.min(contextLines, old.length - last.oldTo);
  const oldStart = first.oldFrom - before;
  const newStart = first.newFrom - before;
  const lines: string[] = [];
  let at = oldStart;
  for (const change of group) {
    for (; at < change.oldFrom; at++) lines.push(` ${old[at]}`);
    for (; at < change.oldTo; at++) lines.push(`-${old[at]}`);
    for (let i = change.newFrom; i < change.newTo; i++) lines.push(`+${next[i]}`);
  }
  for (; at < last.oldTo + after; at++) lines.push(` ${old[at]}`);
  const range = (start: number, end: number): string =>
    end - start === 1 ? `${start + 1}` : `${start + 1},${end - start}`;
  const header = `@@ -${range(oldStart, last.oldTo + after)} +${range(newStart, last.newTo + after)} @@`;
  return [header, ...lines, ''].join('\n');
}
