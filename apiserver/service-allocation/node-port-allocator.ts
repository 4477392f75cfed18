import type { Deps } from '../../component/deps.ts';
import type { Storage } from '../storage/storage.ts';
import { AllocationError } from './cluster-ip-allocator.ts';

/** Ports that services have on every node, in one record of the store that every server changes by compare-and-swap. */
export interface NodePortAllocator {
  /**
   * Takes the ports that are named, and a free one for each `undefined`, of the lower part of the range only where the
   * rest has none; all or none. @throws PortError
   */
  allocate(wanted: readonly (number | undefined)[]): Promise<number[]>;
  /**
   * What `allocate` might have answered; takes none. Ports that nobody named stand for any: they come right behind the
   * highest of the request's ports (`given` are those it has already), or outside of the range where it has none.
   * @throws PortError where a named port is taken
   */
  pretend(wanted: readonly (number | undefined)[], given: readonly number[]): Promise<number[]>;
  release(ports: readonly number[]): Promise<void>;
  /** All that the record holds. */
  taken(): Promise<ReadonlySet<number>>;
  /** Puts ports into the record, whether they are there or not. */
  take(ports: readonly number[]): Promise<void>;
  isInRange(port: number): boolean;
}

/** One of the ports wanted cannot be had. */
export class PortError extends AllocationError {
  /** Undefined where any would do. */
  readonly port: number | undefined;
  /** Which of those wanted. */
  readonly position: number;

  constructor(port: number | undefined, position: number, message: string) {
    super(message);
    this.port = port;
    this.position = position;
  }
}

/** Upstream's key, and its form: a `RangeAllocation` with a bitmap, the least port in the lowest bit of the last byte. */
const nodePortKey = '/registry/ranges/servicenodeports';

const randomAttempts = 32;
/** The lower part of a range is left to those who name a port, as long as the rest has some. */
const minReserved = 16;
const maxReserved = 128;
/** Of the range that is upstream's default; a dry run's first port lies outside of it, whatever the range is. */
const highestUsualPort = 32767;

/** @throws Error with one line where the range (`30000-32767`) is none */
export function createNodePortAllocator(options: {
  readonly range: string;
  readonly storage: Storage;
  readonly deps: Deps;
}): NodePortAllocator {
  const { storage, deps } = options;
  const { first, size } = parsePortRange(options.range);

  /** Applies a change until nobody else has written in between. The change answers undefined to leave all as it is. */
  const update = async <T>(change: (taken: PortSet) => T | undefined): Promise<T | undefined> => {
    let current = await storage.get(nodePortKey);
    for (;;) {
      const taken = PortSet.parse(current?.value, options.range, first, size);
      const result = change(taken);
      if (result === undefined) return undefined;
      const written = await storage.put(nodePortKey, taken.encode(options.range), {
        expectedRevision: current?.modRevision ?? 0,
      });
      if (written.succeeded) return result;
      current = written.current;
    }
  };

  const reserved = reservedOf(size);
  /** Where ports are looked for that nobody named: [from, count]. */
  const bands = [
    [first + reserved, size - reserved],
    [first, reserved],
  ] as const;

  const pick = (taken: PortSet, position: number): number => {
    for (const [from, count] of bands) {
      for (let attempt = 0; attempt < randomAttempts && count > 0; attempt++) {
        const port = from + Math.floor(deps.random.next() * count);
        if (!taken.has(port)) return port;
      }
      const start = Math.floor(deps.random.next() * count);
      for (let step = 0; step < count; step++) {
        const port = from + ((start + step) % count);
        if (!taken.has(port)) return port;
      }
    }
    throw new PortError(undefined, position, 'range is full');
  };

  const takeAll = (taken: PortSet, wanted: readonly (number | undefined)[]): number[] => {
    for (const [position, port] of wanted.entries()) {
      if (port === undefined) continue;
      if (port < first || port >= first + size)
        throw new PortError(
          port,
          position,
          `provided port is not in the valid range. The range of valid ports is ${options.range}`,
        );
      if (taken.has(port)) throw alreadyAllocated(port, position);
      taken.add(port);
    }
    return wanted.map((port, position) => {
      if (port !== undefined) return port;
      const free = pick(taken, position);
      taken.add(free);
      return free;
    });
  };

  const taken = async (): Promise<Set<number>> =>
    PortSet.parse((await storage.get(nodePortKey))?.value, options.range, first, size).all();

  return {
    allocate: async (wanted) => (wanted.length === 0 ? [] : (await update((taken) => takeAll(taken, wanted)))!),
    pretend: async (wanted, given) => {
      const held: ReadonlySet<number> = wanted.some((port) => port !== undefined) ? await taken() : new Set();
      const pretended = [...given];
      for (const [position, port] of wanted.entries()) {
        if (port !== undefined && (held.has(port) || pretended.includes(port))) throw alreadyAllocated(port, position);
        pretended.push(port ?? (pretended.length === 0 ? highestUsualPort + 2 : Math.max(...pretended) + 1));
      }
      return pretended.slice(given.length);
    },
    taken,
    take: async (ports) => {
      await update((taken) => {
        const missing = ports.filter((port) => !taken.has(port));
        for (const port of missing) taken.add(port);
        return missing.length ? missing : undefined;
      });
    },
    isInRange: (port) => port >= first && port < first + size,
    release: async (ports) => {
      if (ports.length === 0) return;
      await update((taken) => {
        const held = ports.filter((port) => taken.has(port));
        for (const port of held) taken.delete(port);
        return held.length ? held : undefined;
      });
    },
  };
}

/** KEP-3668: between 16 and 128 ports, a thirty-second of the range. */
function reservedOf(size: number): number {
  if (size <= minReserved) return 0;
  return Math.min(Math.max(Math.floor(size / 32), minReserved), maxReserved);
}

function alreadyAllocated(port: number, position: number): PortError {
  return new PortError(port, position, 'provided port is already allocated');
}

/** @throws Error with one line */
function parsePortRange(text: string): { readonly first: number; readonly size: number } {
  const match = /^(\d+)(?:-(\d+)|\+(\d+))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = match?.[2] !== undefined ? Number(match[2]) : first + Number(match?.[3] ?? 0);
  if (!match || first < 1 || last > 65535 || last < first)
    throw new Error(`--service-node-port-range: ${JSON.stringify(text)} is no range of ports`);
  return { first, size: last - first + 1 };
}

class PortSet {
  readonly #first: number;
  readonly #bits: Uint8Array;

  constructor(first: number, size: number) {
    this.#first = first;
    this.#bits = new Uint8Array(Math.ceil(size / 8));
  }

  /** A record of another range (the flag was changed) is taken over as far as the ranges overlap. */
  static parse(value: Buffer | undefined, range: string, first: number, size: number): PortSet {
    const set = new PortSet(first, size);
    if (!value) return set;
    const record = JSON.parse(value.toString()) as { range?: string; data?: string };
    const from = record.range === range ? first : parsePortRange(record.range ?? range).first;
    const bytes = Buffer.from(record.data ?? '', 'base64').reverse();
    for (let index = 0; index < bytes.length; index++)
      for (let bit = 0; bit < 8; bit++) {
        const port = from + index * 8 + bit;
        if (bytes[index]! & (1 << bit) && port >= first && port < first + size) set.add(port);
      }
    return set;
  }

  has(port: number): boolean {
    const offset = port - this.#first;
    return (this.#bits[offset >> 3]! & (1 << (offset & 7))) !== 0;
  }

  add(port: number): void {
    const offset = port - this.#first;
    this.#bits[offset >> 3]! |= 1 << (offset & 7);
  }

  delete(port: number): void {
    const offset = port - this.#first;
    if (offset >= 0 && offset >> 3 < this.#bits.length) this.#bits[offset >> 3]! &= ~(1 << (offset & 7));
  }

  all(): Set<number> {
    const all = new Set<number>();
    for (let port = this.#first; port < this.#first + this.#bits.length * 8; port++) if (this.has(port)) all.add(port);
    return all;
  }

  /** Go's `big.Int` bytes: the most significant first, without leading zeros. */
  encode(range: string): Buffer {
    let length = this.#bits.length;
    while (length > 0 && this.#bits[length - 1] === 0) length--;
    const data = Buffer.from(this.#bits.subarray(0, length)).reverse().toString('base64');
    return Buffer.from(`${JSON.stringify({ kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range, data })}\n`);
  }
}
