import { cloneJson } from '../meta/clone-json.ts';
import { ApiError, badRequest } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { cannotUnmarshal, TouchedDocument, type Container } from './touched-document.ts';
import { isJsonObject } from '../meta/json-object.ts';

/** Upstream's limits: operations in a patch, and bytes that its copies may make. */
const maxOperations = 10_000;
const maxCopiedBytes = 3 * 1024 * 1024;

/** Why an operation cannot be applied; upstream tells the client only that it cannot. */
class CannotApply extends Error {}

/**
 * RFC 6902, with the leniency of upstream's implementation: `replace`, `copy` and `move` to or from a field that is not
 * there are accepted, an operation without a value means null, indices may count from the end, and a path need not begin
 * with a slash. Neither argument is changed; the result shares what was not
 * touched with both, so it must not be changed in place.
 *
 * Where nothing about the patch is told to the client but that it cannot be applied (`isLenient`), the types of the
 * fields of operations are not looked at before they are carried out.
 *
 * @throws ApiError BadRequest where `operations` is no JSON patch, RequestEntityTooLarge where it is too long, Invalid
 * (422) where one of them cannot be applied
 */
export function applyJsonPatch(document: AnyObject, operations: unknown, { isLenient = false } = {}): AnyObject {
  const list = parseOperations(operations, isLenient);
  const target = new TouchedDocument(document);
  let copyableBytes = maxCopiedBytes;
  try {
    for (const operation of list) copyableBytes -= applyOperation(target, operation, copyableBytes);
  } catch (error) {
    if (!(error instanceof CannotApply)) throw error;
    const message = 'the server rejected our request due to an error in our request';
    throw new ApiError('Invalid', message, { details: {}, cause: error });
  }
  return target.root as AnyObject;
}

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

function parseOperations(operations: unknown, isLenient: boolean): readonly Operation[] {
  if (operations === null) return [];
  const into = isLenient ? ['jsonpatch.Patch', 'jsonpatch.Operation'] : ['[]handlers.jsonPatchOp', 'handlers.jsonPatchOp']; // prettier-ignore
  const undecodable = (value: unknown, goType: string): ApiError =>
    badRequest(`${isLenient ? '' : 'error decoding patch: '}${cannotUnmarshal(value, goType)}`);
  if (!Array.isArray(operations)) throw undecodable(operations, `value of type ${into[0]}`);
  for (const operation of operations as unknown[]) {
    if (operation === null) continue;
    if (!isJsonObject(operation)) throw undecodable(operation, `value of type ${into[1]}`);
    if (isLenient) continue;
    for (const name in operation) {
      const value = operation[name];
      if (!operationFields.has(name) || name === 'value' || value === null || typeof value === 'string') continue;
      throw undecodable(value, `struct field jsonPatchOp.${name} of type string`);
    }
  }
  if (operations.length > maxOperations) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  }
  return operations as Operation[];
}

/** Paths of fields that operations of a JSON patch do not have, `[0].vaule`, in the order of the patch. */
export function unknownOperationFields(operations: unknown): string[] {
  if (!Array.isArray(operations)) return [];
  return (operations as unknown[]).flatMap((operation, index) =>
    isJsonObject(operation)
      ? Object.keys(operation)
          .filter((name) => !operationFields.has(name))
          .map((name) => `[${index}].${name}`)
      : [],
  );
}

/** Returns how many bytes it copied. */
function applyOperation(document: TouchedDocument, operation: Operation | null, copyableBytes: number): number {
  const value = operation?.value ?? null;
  switch (operation?.op) {
    case 'add':
      add(find(document, operation.path), value);
      return 0;
    case 'remove':
      remove(find(document, operation.path));
      return 0;
    case 'replace':
      replace(document, operation, value);
      return 0;
    case 'test':
      test(document, operation, value);
      return 0;
    case 'move': {
      const from = find(document, operation.from);
      const moved = get(from) ?? null;
      remove(from);
      add(find(document, operation.path), moved);
      return 0;
    }
    case 'copy': {
      const original = get(find(document, operation.from)) ?? null;
      const bytes = JSON.stringify(original).length;
      if (bytes > copyableBytes) throw new CannotApply('copies are too large');
      add(find(document, operation.path), cloneJson(original));
      return bytes;
    }
    default:
      throw new CannotApply(`Unexpected kind: ${typeof operation?.op === 'string' ? operation.op : 'unknown'}`);
  }
}

function replace(document: TouchedDocument, { path }: Operation, value: unknown): void {
  if (path === '') {
    if (typeof value !== 'object' || value === null) throw new CannotApply('value must be object or array');
    return document.replaceRoot(value as Container);
  }
  const place = find(document, path);
  if (!Array.isArray(place.container)) return set(place, value);
  place.container[indexOf(place, place.container.length - 1)] = value;
}

function test(document: TouchedDocument, { path }: Operation, value: unknown): void {
  const found = path === '' ? document.root : get(find(document, path, { readOnly: true }));
  if (!isSameJson(found ?? null, value)) throw new CannotApply(`testing value ${String(path)} failed`);
}

interface Place {
  readonly container: Container;
  readonly key: string;
}

/** The container a path ends in, and the last step. A path is split at its slashes and what comes before the first is dropped. */
function find(document: TouchedDocument, path: unknown, { readOnly = false } = {}): Place {
  if (typeof path !== 'string') throw new CannotApply('operation missing path field');
  const steps = path.split('/').slice(1).map(unescapeStep);
  const key = steps.pop();
  if (key === undefined) throw new CannotApply(`doc is missing path: ${JSON.stringify(path)}`);
  let container = readOnly ? document.root : document.touchRoot();
  for (const step of steps) {
    const place = { container, key: step };
    const next = get(place);
    if (typeof next !== 'object' || next === null) {
      throw new CannotApply(`doc is missing path: ${JSON.stringify(path)}`);
    }
    container = readOnly ? (next as Container) : document.touch(container, stepKey(place), next as Container);
  }
  return { container, key };
}

const unescapeStep = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** Undefined where an object has no such key. */
function get(place: Place): unknown {
  const { container } = place;
  if (Array.isArray(container)) return container[indexOf(place, container.length - 1)] as unknown;
  return Object.hasOwn(container, place.key) ? container[place.key] : undefined;
}

const stepKey = (place: Place): string | number =>
  Array.isArray(place.container) ? indexOf(place, place.container.length - 1) : place.key;

/** The place in a list that a step means, counting from the end where negative. */
function indexOf({ container, key }: Place, last: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw new CannotApply(`value was not a proper array index: '${key}'`);
  const index = Number(key);
  const length = last + 1;
  if (index > last || index < -length) throw new CannotApply(`Unable to access invalid index: ${index}`);
  return index < 0 ? index + length : Array.isArray(container) ? index : 0;
}

function add(place: Place, value: unknown): void {
  const { container, key } = place;
  if (!Array.isArray(container)) return set(place, value);
  if (key === '-') container.push(value);
  else container.splice(indexOf(place, container.length), 0, value);
}

function set({ container, key }: Place, value: unknown): void {
  // Assigning to `__proto__` would change the prototype; to JSON it is a key like any other.
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(place: Place): void {
  const { container, key } = place;
  if (Array.isArray(container)) {
    container.splice(indexOf(place, container.length - 1), 1);
    return;
  }
  if (!Object.hasOwn(container, key)) throw new CannotApply(`Unable to remove nonexistent key: ${key}`);
  delete container[key];
}

function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSameJson(item, b[i]))
    );
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left).filter((key) => left[key] !== undefined);
  return (
    keys.length === Object.keys(right).filter((key) => right[key] !== undefined).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameJson(left[key], right[key]))
  );
}
