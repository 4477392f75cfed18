import { createRegularExpressionFunctions } from './regular-expression-functions.ts';

/** A function as the CEL library calls it; numbers that are whole come and go as bigint. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the library has checked the types by the signature
type Runnable = (...args: any[]) => unknown;

/** Functions of Kubernetes' libraries (lists, strings) that expressions can run, by signature. */
const plainFunctions: Readonly<Record<string, Runnable>> = {
  'string.charAt(int): string': (text: string, at: bigint) => {
    const characters = [...text];
    if (at < 0n || at > characters.length) throw new Error(`index out of range: ${at}`);
    return characters[Number(at)] ?? '';
  },
  'string.replace(string, string): string': (text: string, from: string, to: string) => text.split(from).join(to),
  'string.replace(string, string, int): string': (text: string, from: string, to: string, limit: bigint) => {
    const parts = text.split(from);
    const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
    return parts.slice(0, count + 1).join(to) + parts.slice(count + 1).map((part) => from + part).join(''); // prettier-ignore
  },
  'list<A>.isSorted(): bool': (list: unknown[]) => list.every((item, i) => i === 0 || !isLess(item, list[i - 1])),
  'list<A>.sum(): A': (list: unknown[]) =>
    list.length === 0 ? 0n : list.reduce((sum, item) => (sum as number) + (item as number)),
  'list<A>.min(): A': (list: unknown[]) => best(list, 'min', (item, found) => isLess(item, found)),
  'list<A>.max(): A': (list: unknown[]) => best(list, 'max', (item, found) => isLess(found, item)),
  'list<A>.indexOf(A): int': (list: unknown[], item: unknown) => BigInt(list.indexOf(item)),
  'list<A>.lastIndexOf(A): int': (list: unknown[], item: unknown) => BigInt(list.lastIndexOf(item)),
};

/** All functions that expressions can run, with regular expressions of their own. */
export function createRunnableFunctions(): Readonly<Record<string, Runnable>> {
  const { find, findAll } = createRegularExpressionFunctions();
  return {
    ...plainFunctions,
    'string.find(string): string': find,
    'string.findAll(string): list<string>': (text: string, pattern: string) => findAll(text, pattern),
    'string.findAll(string, int): list<string>': findAll,
  };
}

function isLess(a: unknown, b: unknown): boolean {
  return (a as string) < (b as string);
}

function best(list: unknown[], name: string, isBetter: (item: unknown, found: unknown) => boolean): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((found, item) => (isBetter(item, found) ? item : found));
}
