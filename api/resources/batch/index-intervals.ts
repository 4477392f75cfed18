interface Interval {
  readonly first: number;
  readonly last: number;
}

/** How many indexes below `completions` a text such as `1,3-5` names; what is wrong with it, in upstream's words, where it names none. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let previous = -1;
  let total = 0;
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions);
    if (typeof interval === 'string') return interval;
    if (previous >= interval.first) return notIncreasing(previous, interval.first);
    total += interval.last - interval.first + 1;
    previous = interval.last;
  }
  return total;
}

/** The first index that both texts name. Intervals that cannot be read are passed over: `countIndexes` tells of them. */
export function firstCommonIndex(one: string, other: string, completions: number): number | undefined {
  const left = readableIntervals(one, completions);
  const right = readableIntervals(other, completions);
  for (let l = 0, r = 0; l < left.length && r < right.length;) {
    const [a, b] = [left[l]!, right[r]!];
    if (a.first <= b.last && b.first <= a.last) return Math.max(a.first, b.first);
    if (a.first <= b.first) l++;
    else r++;
  }
  return undefined;
}

function readableIntervals(text: string, completions: number): Interval[] {
  return text.split(',').flatMap((part) => {
    const interval = parseInterval(part, completions);
    return typeof interval === 'string' ? [] : interval;
  });
}

function parseInterval(text: string, completions: number): Interval | string {
  const ends = text.split('-');
  if (ends.length > 2)
    return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const numbers: number[] = [];
  for (const end of ends) {
    if (!/^\+?\d+$/.test(end)) return `cannot convert string to integer for index: ${JSON.stringify(end)}`;
    if (Number(end) >= completions) return `too large index: ${JSON.stringify(end)}`;
    numbers.push(Number(end));
  }
  const [first, last = first] = numbers as [number, number?];
  return ends.length > 1 && first >= last ? notIncreasing(first, last) : { first, last };
}

const notIncreasing = (previous: number, current: number): string =>
  `non-increasing order, previous: ${previous}, current: ${current}`;
