export type JsonObject = Record<string, unknown>;
export type Container = JsonObject | unknown[];

/** A JSON document that is changed without changing the original: containers are copied the first time they are touched. */
export class TouchedDocument {
  #root: Container;
  /** Copies made here, which may be changed. */
  readonly #own = new Set<Container>();

  constructor(root: Container) {
    this.#root = root;
  }

  /** For reading only. */
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
    if (copy !== held) {
      Object.defineProperty(container, key, { value: copy, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  }

  /** The document as it is now. Objects that were touched have their keys sorted, as Go's encoder writes its maps. */
  result(): Container {
    for (const container of this.#own) if (!Array.isArray(container)) sortKeys(container);
    return this.#root;
  }

  #copyOf(container: Container): Container {
    if (this.#own.has(container)) return container;
    const copy = Array.isArray(container) ? [...(container as unknown[])] : { ...container };
    this.#own.add(copy);
    return copy;
  }
}

/** In place; for objects that nobody else holds. */
export function sortKeys(object: JsonObject): void {
  const keys = Object.keys(object);
  const isSorted = keys.every((key, i) => i === 0 || keys[i - 1]! <= key);
  if (isSorted) return;
  const values = new Map(keys.map((key) => [key, object[key]]));
  for (const key of keys) delete object[key];
  for (const key of keys.sort()) {
    Object.defineProperty(object, key, {
      value: values.get(key),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}
