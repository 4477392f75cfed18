import type { NodeInfo } from './node-info.ts';

/** A number for each domain: each value of a label of nodes. Nodes without the label are in none. */
export class TopologyCounts {
  readonly #byKey = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(key: string, info: NodeInfo, amount: number): void {
    const value = info.node.metadata.labels?.[key];
    if (value === undefined) return;
    let domains = this.#byKey.get(key);
    if (!domains) this.#byKey.set(key, (domains = new Map()));
    domains.set(value, (domains.get(value) ?? 0) + amount);
  }

  /** Of the domain that the node is in; undefined where nothing was added to it. */
  get(key: string, info: NodeInfo): number | undefined {
    const value = info.node.metadata.labels?.[key];
    return value === undefined ? undefined : this.#byKey.get(key)?.get(value);
  }

  /** Over all labels. */
  sum(info: NodeInfo): number {
    let sum = 0;
    for (const key of this.#byKey.keys()) sum += this.get(key, info) ?? 0;
    return sum;
  }

  /** Is the node in any of the domains? */
  includes(info: NodeInfo): boolean {
    for (const key of this.#byKey.keys()) if (this.get(key, info) !== undefined) return true;
    return false;
  }
}
