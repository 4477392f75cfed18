const chunkSize = 512;

/**
 * Values in the order of their `key`, in chunks of bounded size: insert, delete and find cost O(log n + chunk), a count
 * O(n / chunk), a range its result. Order is that of JavaScript strings, which is etcd's byte order for all that is in
 * the Basic Multilingual Plane.
 */
export class SortedMap<V extends { readonly key: string }> {
  #chunks: V[][] = [];
  readonly #byKey = new Map<string, V>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): V | undefined {
    return this.#byKey.get(key);
  }

  /** Adds the value, or replaces the one of the same key, which is returned. */
  set(value: V): V | undefined {
    const { key } = value;
    const previous = this.#byKey.get(key);
    this.#byKey.set(key, value);
    if (this.#chunks.length === 0) {
      this.#chunks.push([value]);
      return undefined;
    }
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    const index = lowerBound(chunk, key);
    if (previous !== undefined) {
      chunk[index] = value;
      return previous;
    }
    if (index === chunk.length) chunk.push(value);
    else chunk.splice(index, 0, value);
    if (chunk.length > chunkSize) {
      // Keys that come in order fill chunks to the brim; others leave room on both sides.
      const cut = index === chunk.length - 1 && at === this.#chunks.length - 1 ? chunkSize - 8 : chunkSize >> 1;
      this.#chunks.splice(at + 1, 0, chunk.splice(cut));
    }
    return undefined;
  }

  /** Removes and returns the value of the key. */
  delete(key: string): V | undefined {
    const previous = this.#byKey.get(key);
    if (previous === undefined) return undefined;
    this.#byKey.delete(key);
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at]!;
    chunk.splice(lowerBound(chunk, key), 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
    else if (chunk.length < chunkSize >> 3) this.#mergeAround(at);
    return previous;
  }

  clear(): void {
    this.#chunks = [];
    this.#byKey.clear();
  }

  /** Values with `start` <= key < `end`, at most `limit`. */
  range(start: string, end: string, limit = Infinity): V[] {
    const result: V[] = [];
    let at = this.#chunkOf(start);
    if (at >= this.#chunks.length) return result;
    let index = lowerBound(this.#chunks[at]!, start);
    for (; at < this.#chunks.length; at++, index = 0) {
      const chunk = this.#chunks[at]!;
      const last = chunk[chunk.length - 1]!.key < end;
      const stop = last ? chunk.length : lowerBound(chunk, end);
      for (; index < stop; index++) {
        if (result.length >= limit) return result;
        result.push(chunk[index]!);
      }
      if (!last) break;
    }
    return result;
  }

  /** How many values have `start` <= key < `end`. */
  count(start: string, end: string): number {
    return Math.max(0, this.#rank(end) - this.#rank(start));
  }

  *values(): IterableIterator<V> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** How many keys come before `key`. */
  #rank(key: string): number {
    const at = this.#chunkOf(key);
    if (at >= this.#chunks.length) return 0;
    let rank = lowerBound(this.#chunks[at]!, key);
    for (let i = 0; i < at; i++) rank += this.#chunks[i]!.length;
    return rank;
  }

  /** The last chunk that starts at or before the key; the first one where none does. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle]![0]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }

  #mergeAround(at: number): void {
    const left = at > 0 && this.#chunks[at - 1]!.length <= chunkSize >> 1 ? at - 1 : at;
    const [a, b] = [this.#chunks[left], this.#chunks[left + 1]];
    if (a && b && a.length + b.length <= chunkSize >> 1) this.#chunks.splice(left, 2, a.concat(b));
  }
}

function lowerBound(chunk: readonly { readonly key: string }[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
