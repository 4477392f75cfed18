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

/** What lies between the longest run of lines that both have in the same order. */
function findChanges(old: readonly string[], next: readonly string[]): Change[] {
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < next.length - head && old.at(-1 - tail) === next.at(-1 - tail)) tail++;
  const a = old.slice(head, old.length - tail);
  const b = next.slice(head, next.length - tail);
  const common = commonLengths(a, b);
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i++;
      j++;
      continue;
    }
    const [fromA, fromB] = [i, j];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) break;
      if (j >= b.length || (i < a.length && common[i + 1]![j]! >= common[i]![j + 1]!)) i++;
      else j++;
    }
    changes.push({ oldFrom: head + fromA, oldTo: head + i, newFrom: head + fromB, newTo: head + j });
  }
  return changes;
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i]!;
    const below = table[i + 1]!;
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? below[j + 1]! + 1 : Math.max(below[j]!, row[j + 1]!);
  }
  return table;
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
