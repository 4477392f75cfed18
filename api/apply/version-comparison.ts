import type { AnyObject } from '../meta/object.ts';
import type { Difference } from './compare.ts';
import { compareOwnable, type FieldFilter } from './field-limits.ts';
import type { TrackedType } from './tracked-type.ts';

/**
 * An object as another version of its kind shows it, with the type of that version; undefined where the version is not
 * served. Must not change the object.
 */
export type InVersion = (
  object: AnyObject,
  apiVersion: string,
) => { readonly typeName: string; readonly object: AnyObject } | undefined;

export interface Compared {
  readonly type: TrackedType;
  /** Of both objects. */
  readonly apiVersion: string;
  /** Absent on create. */
  readonly live: AnyObject | undefined;
  readonly next: AnyObject;
  readonly filter: FieldFilter;
  /** Absent where versions of the kind have the same fields: they are then compared by name. */
  readonly inVersion?: InVersion;
}

/** The difference between two objects as each version has it, worked out once for every version that an entry is of. */
export class VersionComparison {
  /** In the version of the request. */
  readonly own: Difference;
  readonly #compared: Compared;
  readonly #others = new Map<string, Difference | undefined>();

  constructor(compared: Compared) {
    const { type, live, next, filter } = compared;
    this.#compared = compared;
    this.own = compareOwnable(type.node, live ?? {}, next, filter);
  }

  /** Undefined for a version that is not known: what its entries own cannot be told any more. */
  in(apiVersion: string | undefined): Difference | undefined {
    const { type, inVersion } = this.#compared;
    if (apiVersion === undefined) return undefined;
    if (apiVersion === this.#compared.apiVersion) return this.own;
    if (!inVersion) return type.isKnownVersion(apiVersion) ? this.own : undefined;
    if (!this.#others.has(apiVersion)) this.#others.set(apiVersion, this.#convert(inVersion, apiVersion));
    return this.#others.get(apiVersion);
  }

  #convert(inVersion: InVersion, apiVersion: string): Difference | undefined {
    const { type, live, next, filter } = this.#compared;
    const after = inVersion(next, apiVersion);
    const before = live && inVersion(live, apiVersion);
    if (!after || (live && !before)) return undefined;
    return compareOwnable(type.named(after.typeName).node, before?.object ?? {}, after.object, filter);
  }
}
