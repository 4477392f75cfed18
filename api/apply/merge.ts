import { anyNode, itemElement, resolve, type ListKey, type TypeNode } from './type-node.ts';
import { setOwn } from '../schema/decode.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/**
 * Live object and applied configuration merged: what the configuration says wins, what it does not mention stays. The
 * result shares parts with both, which are not changed.
 *
 * @throws ItemError where an item of a granular list has no key
 */
export function mergeConfiguration(node: TypeNode, live: object, applied: object): JsonObject {
  return mergeValues(node, live, applied) as JsonObject;
}

/** Either may be undefined, which is absent; null is a value. */
function mergeValues(node: TypeNode, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const type = resolve(node, applied === null ? live : applied);
  switch (type.kind) {
    case 'struct':
    case 'map': {
      const from = isJsonObject(live) ? live : {};
      const to = isJsonObject(applied) ? applied : {};
      if (type.isAtomic || (Object.keys(from).length === 0 && Object.keys(to).length === 0)) return applied;
      const merged: JsonObject = { ...from };
      for (const key in to) {
        const fieldType = type.kind === 'map' ? type.item : (type.fields.get(key)?.type ?? anyNode);
        setOwn(merged, key, mergeValues(fieldType, Object.hasOwn(from, key) ? from[key] : undefined, to[key]));
      }
      return merged;
    }
    case 'list': {
      const from = Array.isArray(live) ? (live as unknown[]) : [];
      const to = Array.isArray(applied) ? (applied as unknown[]) : [];
      if (type.list === 'atomic' || (from.length === 0 && to.length === 0)) return applied;
      return mergeLists(type.keys, type.item, from, to);
    }
    default:
      return applied;
  }
}

/**
 * Items of both lists, those in common merged. The order is that of the configuration for what it names; items only in
 * the live list keep their place before the next item in common.
 */
function mergeLists(keys: readonly ListKey[], itemType: TypeNode, live: unknown[], applied: unknown[]): unknown[] {
  const liveElements = live.map((item) => itemElement(keys, item));
  const appliedElements = applied.map((item) => itemElement(keys, item));
  const appliedByElement = new Map(appliedElements.map((element, i) => [element, applied[i]]));
  const liveByElement = new Map<string, unknown>();
  // An item the live list has twice cannot be merged with: the applied one takes the place of all.
  liveElements.forEach((element, i) => liveByElement.set(element, liveByElement.has(element) ? undefined : live[i]));
  const common = appliedElements.filter((element) => liveByElement.has(element));
  let nextCommon = 0;
  const merged: unknown[] = [];
  const done = new Set<string>();
  const take = (element: string): void => {
    done.add(element);
    merged.push(mergeValues(itemType, liveByElement.get(element), appliedByElement.get(element)));
    if (common[nextCommon] === element) nextCommon++;
  };
  let l = 0;
  let a = 0;
  while (l < live.length || a < applied.length) {
    const liveElement = liveElements[l];
    const appliedElement = appliedElements[a];
    if (liveElement !== undefined && appliedElement !== undefined) {
      if (liveElement === appliedElement) {
        take(appliedElement);
        l++;
        a++;
        continue;
      }
      if (appliedByElement.has(liveElement) && nextCommon < common.length && common[nextCommon] !== liveElement) {
        l++;
        continue;
      }
    }
    if (liveElement !== undefined) {
      if (!appliedByElement.has(liveElement)) {
        merged.push(live[l]);
        l++;
        continue;
      }
      if (done.has(liveElement)) l++;
    }
    if (appliedElement !== undefined) {
      take(appliedElement);
      a++;
    }
  }
  return merged;
}
