/** `length` items from `a` on in the one list are those from `b` on in the other. */
export interface Block {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** From this length on, items of the second list that come too often are not worth matching by. */
const longList = 200;

/**
 * The blocks that two lists have in common, in order: the longest one (of several the first), and so on to its left and
 * right. It is the algorithm of Ratcliff and Obershelp as Python's difflib has it, after which Kubernetes' diffs are made.
 */
export function matchingBlocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = placesOf(b);
  const blocks: Block[] = [];
  const pending: Range[] = [{ aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }];
  for (let range = pending.pop(); range; range = pending.pop()) {
    const block = longestMatch(a, b, range, places);
    if (block.length === 0) continue;
    blocks.push(block);
    pending.push({ aFrom: range.aFrom, aTo: block.a, bFrom: range.bFrom, bTo: block.b });
    pending.push({ aFrom: block.a + block.length, aTo: range.aTo, bFrom: block.b + block.length, bTo: range.bTo });
  }
  return blocks.sort((one, other) => one.a - other.a);
}

interface Range {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

/** Where each item stands, without those that are everywhere. */
function placesOf(items: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    const known = places.get(item);
    if (known) known.push(index);
    else places.set(item, [index]);
  }
  if (items.length < longList) return places;
  const most = Math.floor(items.length / 100) + 1;
  for (const [item, at] of places) if (at.length > most) places.delete(item);
  return places;
}

function longestMatch(
  a: readonly string[],
  b: readonly string[],
  { aFrom, aTo, bFrom, bTo }: Range,
  places: ReadonlyMap<string, readonly number[]>,
): Block {
  let [bestA, bestB, length] = [aFrom, bFrom, 0];
  /** By place in `b`: how long the match is that ends there and with the item of `a` before. */
  let endingHere = new Map<number, number>();
  for (let i = aFrom; i < aTo; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i]!) ?? []) {
      if (j < bFrom) continue;
      if (j >= bTo) break;
      const size = (endingHere.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > length) [bestA, bestB, length] = [i - size + 1, j - size + 1, size];
    }
    endingHere = next;
  }
  // What is everywhere may still stand beside a match.
  while (bestA > aFrom && bestB > bFrom && a[bestA - 1] === b[bestB - 1])
    [bestA, bestB, length] = [bestA - 1, bestB - 1, length + 1];
  while (bestA + length < aTo && bestB + length < bTo && a[bestA + length] === b[bestB + length]) length++;
  return { a: bestA, b: bestB, length };
}
