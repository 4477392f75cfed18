import { setOwn } from '../schema/decode.ts';
import type { JsonObject } from '../meta/json-object.ts';

export type Container = JsonObject | unknown[];

/** What Go's JSON decoder says of a value that should have been something else. */
export function cannotUnmarshal(
  value: unknown,
  into = 'value of type map[string]interface {}',
  { showsNumber = false } = {},
): string {
  const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  const kind = showsNumber && typeof value === 'number' ? `number ${value}` : type;
  return `json: cannot unmarshal ${kind} into Go ${into}`;
}

/** A JSON document that is changed without changing the original: containers are copied the first time they are touched. */
export class TouchedDocument {
  #root: Container;
  /** Copies made here, which may be changed. */
  readonly #own = new Set<Container>();

  constructor(root: Container) {
    this.#root = root;
  }

  /** As it is now, for reading only. */
  get root(): Container {
    return this.#root;
  }

  replaceRoot(root: Container): void {
    this.#root = root;
  }

  /** The root, to be changed. */
  touchRoot(): Container {
    return (this.#root = this.#copyOf(this.#root));
  }

  /** What `container`, which was touched before, holds under `key`: to be changed. */
  touch(container: Container, key: string | number, held: Container): Container {
    const copy = this.#copyOf(held);
    if (copy !== held) setOwn(container as JsonObject, key as string, copy);
    return copy;
  }

  #copyOf(container: Container): Container {
    if (this.#own.has(container)) return container;
    const copy = Array.isArray(container) ? [...(container as unknown[])] : { ...container };
    this.#own.add(copy);
    return copy;
  }
}
