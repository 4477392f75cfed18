import type { Digest } from './cache-entry.ts';

/** What a selector asks of one label or selectable field: that it has one of these values. */
export interface IndexTerm {
  readonly of: 'label' | 'field';
  readonly name: string;
  readonly values: readonly string[];
}

/** Which keys of a resource have which value of one label or field. */
export class DigestIndex {
  readonly #keysByValue = new Map<string, Set<string>>();
  readonly #of: IndexTerm['of'];
  readonly #name: string;

  constructor({ of, name }: Pick<IndexTerm, 'of' | 'name'>) {
    this.#of = of;
    this.#name = name;
  }

  add(key: string, digest: Digest): void {
    const value = this.#valueOf(digest);
    if (value === undefined) return;
    const keys = this.#keysByValue.get(value);
    if (keys) keys.add(key);
    else this.#keysByValue.set(value, new Set([key]));
  }

  delete(key: string, digest: Digest): void {
    const value = this.#valueOf(digest);
    const keys = value === undefined ? undefined : this.#keysByValue.get(value);
    if (keys?.delete(key) && keys.size === 0) this.#keysByValue.delete(value!);
  }

  /** How many keys have one of the values. */
  count(values: readonly string[]): number {
    return values.reduce((sum, value) => sum + (this.#keysByValue.get(value)?.size ?? 0), 0);
  }

  /** Keys that have one of the values, with `start` <= key < `end`, in order. */
  keys(values: readonly string[], start: string, end: string): string[] {
    const found: string[] = [];
    for (const value of values)
      for (const key of this.#keysByValue.get(value) ?? []) if (key >= start && key < end) found.push(key);
    return found.sort();
  }

  /** Undefined for an absent label, which no value selects. An absent field reads as empty. */
  #valueOf({ labels, fields }: Digest): string | undefined {
    if (this.#of === 'field') return fields?.[this.#name] ?? '';
    return labels !== undefined && Object.hasOwn(labels, this.#name) ? labels[this.#name] : undefined;
  }
}
