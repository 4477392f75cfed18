/** Lists as dynamic resource allocation checks them: too many items are told of alone, and repetitions after all items. */
import type { Errors } from '../../meta/field-checks.ts';
import { duplicate, tooMany } from '../../meta/field-error.ts';

type ItemCheck<T> = (item: T, path: string) => void;

/** Appends what `check` says of each item, unless there are too many. True where the items were looked at. */
export function checkItems<T>(
  list: readonly T[],
  { max, path, errors }: { readonly max: number; readonly path: string; readonly errors: Errors },
  check: ItemCheck<T>,
): boolean {
  if (list.length > max) {
    errors.push(tooMany(path, list.length, max));
    return false;
  }
  for (const [index, item] of list.entries()) check(item, `${path}[${index}]`);
  return true;
}

/** As checkItems, of items told apart by their keys; `shown` is how a repeated key is printed. */
export function checkSet<T>(
  list: readonly T[],
  {
    keyOf,
    shown = keyOf,
    ...where
  }: {
    readonly max: number;
    readonly path: string;
    readonly errors: Errors;
    readonly keyOf: (item: T) => string;
    readonly shown?: (item: T) => unknown;
  },
  check: ItemCheck<T>,
): void {
  if (!checkItems(list, where, check)) return;
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) where.errors.push(duplicate(`${where.path}[${index}]`, shown(item)));
    seen.add(key);
  }
}
