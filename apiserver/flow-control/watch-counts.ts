import type { RequestInfo } from '../stages/request-info.ts';

/** How many watches are open, filed by what they watch: the more hear of a write, the more it costs. */
export class WatchCounts {
  readonly #counts = new Map<string, number>();

  /** A watch has begun; what it returns is to be called when it ends. */
  add({ group, resource, namespace, name }: RequestInfo): () => void {
    const key = keyOf(group, resource, namespace, name);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    };
  }

  /** The watches that hear of a write: of all objects, of those of its namespace, of the object alone. */
  concerned({ group, resource, namespace, name }: RequestInfo): number {
    if (this.#counts.size === 0) return 0;
    const of = (inNamespace: string, named: string): number =>
      this.#counts.get(keyOf(group, resource, inNamespace, named)) ?? 0;
    let count = of('', '');
    if (namespace) count += of(namespace, '');
    if (name) count += of(namespace, name) + (namespace ? of('', name) : 0);
    return count;
  }
}

function keyOf(group: string, resource: string, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}
