import { goValue } from '../meta/go-value.ts';
import { badElementOrder, cannotMerge, listOfLists, noMergeKey, wrongType } from './strategic-errors.ts';
import { isJsonObject } from '../meta/json-object.ts';

/** What tells items apart: the value under the merge key of a map, or the scalar itself. */
export type Identity = (item: unknown) => unknown;

/** @throws ApiError where an item is no map or has no merge key */
export function identityBy(mergeKey: string): Identity {
  if (mergeKey === '') return (item) => item;
  return (item) => {
    if (!isJsonObject(item)) throw wrongType('map[string]interface {}', item);
    if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
    return item[mergeKey];
  };
}

/** Are the items of the lists maps? They must be all of one kind, and no lists. */
export function holdsMaps(...lists: readonly (readonly unknown[])[]): boolean {
  const items = lists.flat();
  if (items.length === 0) throw cannotMerge('no elements in any of the given slices');
  if (Array.isArray(items[0])) throw listOfLists();
  const kind = kindOf(items[0]);
  if (items.some((item) => kindOf(item) !== kind)) {
    throw cannotMerge(`list element types are not identical: [${lists.map(goValue).join(' ')}]`);
  }
  return kind === 'object';
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/**
 * Puts a merged list in order: items that `order` names as it names them, the others as the live list has them, the two
 * laid into each other so that neither order is broken and the live one decides where it can.
 */
export function orderItems(
  merged: readonly unknown[],
  lists: { readonly order: readonly unknown[]; readonly live: readonly unknown[]; readonly identity: Identity },
): unknown[] {
  const { identity } = lists;
  const orderOf = positions(lists.order, identity);
  const liveOf = positions(lists.live, identity);
  const named = merged.filter((item) => orderOf.has(identity(item)));
  const unnamed = merged.filter((item) => !orderOf.has(identity(item)));
  named.sort((a, b) => orderOf.get(identity(a))! - orderOf.get(identity(b))!);
  const isBefore = (a: unknown, b: unknown): boolean => {
    const atA = liveOf.get(identity(a));
    const atB = liveOf.get(identity(b));
    return atA !== undefined && atB !== undefined && atA < atB;
  };
  if (unnamed.every((item) => liveOf.has(identity(item)))) {
    unnamed.sort((a, b) => liveOf.get(identity(a))! - liveOf.get(identity(b))!);
  }
  const result: unknown[] = [];
  let u = 0;
  for (const item of named) {
    while (u < unnamed.length && isBefore(unnamed[u], item)) result.push(unnamed[u++]);
    result.push(item);
  }
  return [...result, ...unnamed.slice(u)];
}

/** Where each item stands first. */
function positions(list: readonly unknown[], identity: Identity): Map<unknown, number> {
  const found = new Map<unknown, number>();
  list.forEach((item, i) => {
    const id = identity(item);
    if (!found.has(id)) found.set(id, i);
  });
  return found;
}

/**
 * Checks that `$setElementOrder` names every item of the patch list, deletions aside, and in the same order.
 *
 * @throws ApiError where it does not
 */
export function checkElementOrder(patchList: unknown, order: unknown, identity: Identity): void {
  if (!Array.isArray(order) || !Array.isArray(patchList)) throw badElementOrder();
  if (order.length === 0 || patchList.length === 0) return;
  const items = (patchList as unknown[]).filter((item) => !(isJsonObject(item) && '$patch' in item));
  let i = 0;
  for (const named of order as unknown[]) {
    if (i < items.length && identity(items[i]) === identity(named)) i++;
  }
  if (i === items.length) return;
  throw cannotMerge(
    `The order in patch list:\n${goValue(patchList)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
  );
}
