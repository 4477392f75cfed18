import { canonicalPathElement, comparePathElements, displayPathElement, type PathElement } from './path-element.ts';

/**
 * A set of fields in the very shape of FieldsV1, so that reading and writing managedFields costs nothing. A node without
 * keys is a member and nothing below it is; one with keys is a member only if `.` is among them. The root is no member:
 * there, no keys means the empty set. Sets are never changed once made: they are shared with objects in the cache.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

type Draft = Record<PathElement, FieldSet>;

export const leaf: FieldSet = Object.freeze({});
export const emptySet: FieldSet = leaf;
const self = '.';

/** No path is in it. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Is the field the node stands for itself in the set? */
function isMember(node: FieldSet): boolean {
  return self in node || isEmptySet(node);
}

/** A node that is a member and has what `children` has below it. */
export function memberWith(children: FieldSet): FieldSet {
  if (self in children || isEmptySet(children)) return children;
  return { [self]: leaf, ...children };
}

/** Every field that is in either. Gives back `a` itself where `b` adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  let result: Draft | undefined;
  let hasNewKeys = false;
  for (const element in b) {
    const mine = a[element];
    const theirs = b[element]!;
    const both = mine === undefined ? theirs : element === self ? mine : unionNode(mine, theirs);
    if (both === mine) continue;
    result ??= { ...a };
    result[element] = both;
    hasNewKeys ||= mine === undefined;
  }
  if (!result) return a;
  return hasNewKeys ? sortLevel(result) : result;
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return memberWith(b);
  return isEmptySet(b) ? memberWith(a) : union(a, b);
}

/** Every field of `a` that is not in `b`; fields below one of `b` stay. Gives back `a` itself where nothing goes. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let result: Draft | undefined;
  for (const element in b) {
    const mine = a[element];
    if (mine === undefined) continue;
    const left = element === self ? undefined : differenceNode(mine, b[element]!);
    if (left === mine) continue;
    result ??= { ...a };
    if (left === undefined) delete result[element];
    else result[element] = left;
  }
  return result ?? a;
}

function differenceNode(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (isEmptySet(a)) return isMember(b) ? undefined : a;
  if (!isEmptySet(b)) return pruned(difference(a, b));
  if (!(self in a)) return a;
  const { [self]: _, ...children } = a;
  return pruned(children);
}

/** A node that had keys: nothing left is no node, and only itself left is a leaf. */
function pruned(node: FieldSet): FieldSet | undefined {
  let count = 0;
  for (const element in node) if (element !== self || ++count > 1) return node;
  return count === 0 ? undefined : leaf;
}

/** As `difference`, but what is below a field of `b` goes with it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  let result: Draft | undefined;
  for (const element in b) {
    const mine = a[element];
    if (mine === undefined) continue;
    const theirs = b[element]!;
    const left = isMember(theirs) ? undefined : isEmptySet(mine) ? mine : pruned(recursiveDifference(mine, theirs));
    if (left === mine) continue;
    result ??= { ...a };
    if (left === undefined) delete result[element];
    else result[element] = left;
  }
  return result ?? a;
}

/** Every field that is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Draft = {};
  for (const element in a) {
    const theirs = b[element];
    if (theirs === undefined || element === self) continue;
    const both = intersectionNode(a[element]!, theirs);
    if (both) result[element] = both;
  }
  return result;
}

function intersectionNode(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const children = isEmptySet(a) || isEmptySet(b) ? emptySet : intersection(a, b);
  if (isMember(a) && isMember(b)) return memberWith(children);
  return isEmptySet(children) ? undefined : children;
}

/** The fields on these paths: those they pass through, and all below their ends. `*` is any element. */
export function onlyMatching(set: FieldSet, paths: readonly (readonly PathElement[])[]): FieldSet {
  const result: Draft = {};
  for (const element in set) {
    if (element === self) continue;
    const node = set[element]!;
    const matching = paths.filter(([first]) => first === element || first === '*');
    if (matching.length === 0) continue;
    if (matching.some((path) => path.length === 1)) {
      result[element] = node;
      continue;
    }
    const rest = matching.map((path) => path.slice(1));
    const children = onlyMatching(node, rest);
    if (isMember(node)) result[element] = memberWith(children);
    else if (!isEmptySet(children)) result[element] = children;
  }
  return result;
}

/** The set of these fields. */
export function setOf(...paths: (readonly PathElement[])[]): FieldSet {
  return paths.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight((below, element) => ({ [element]: below }), leaf),
      ),
    emptySet,
  );
}

/** Is the very path in the set? */
export function hasField(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.[element];
  return node !== undefined && node !== set && isMember(node);
}

/** Is the item or field among the members of this level? */
export function hasMember(set: FieldSet, element: PathElement): boolean {
  const node = set[element];
  return node !== undefined && isMember(node);
}

/** What is below an element; the empty set where there is nothing. */
export function below(set: FieldSet, element: PathElement): FieldSet {
  return set[element] ?? emptySet;
}

/** The paths of all members as conflicts print them; on each level those that end there come first, as upstream lists them. */
export function displayPaths(set: FieldSet, prefix = ''): string[] {
  const members: string[] = [];
  const deeper: string[] = [];
  for (const element in set) {
    if (element === self) continue;
    const node = set[element]!;
    const path = prefix + displayPathElement(element);
    if (isMember(node)) members.push(path);
    deeper.push(...displayPaths(node, path));
  }
  return [...members, ...deeper];
}

/** The elements of all levels in FieldsV1's order. Gives back the set itself where they are. */
export function sorted(set: FieldSet): FieldSet {
  let result: Draft | undefined;
  for (const element in set) {
    const node = set[element]!;
    if (node === leaf) continue;
    const now = sorted(node);
    if (now !== node) (result ??= { ...set })[element] = now;
  }
  return sortLevel(result ?? set);
}

function sortLevel(set: FieldSet): FieldSet {
  let previous: PathElement | undefined;
  for (const element in set) {
    if (previous !== undefined && comparePathElements(previous, element) > 0) {
      const result: Draft = {};
      for (const key of Object.keys(set).sort(comparePathElements)) result[key] = set[key]!;
      return result;
    }
    previous = element;
  }
  return set;
}

/**
 * What a client sent as fieldsV1, in canonical form. Elements of unknown kinds are dropped.
 *
 * @throws Error where it is no FieldsV1
 */
export function parseFieldSet(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return emptySet;
  if (typeof fields !== 'object' || Array.isArray(fields)) throw new Error('fieldsV1 must be an object');
  const result: Draft = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key === self) {
      result[self] = leaf;
      continue;
    }
    const element = canonicalPathElement(key);
    if (element !== undefined) result[element] = pruned(parseFieldSet(value)) ?? leaf;
  }
  return sortLevel(result);
}
