import type { KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { CollectionAt, ListOptions, ObjectAt } from '../../client/client.ts';

/** What a describer may ask beside its object. */
export interface Surroundings {
  readonly nowMs: number;
  list<T extends KubeObject>(ref: ResourceRef<T>, at: CollectionAt, options?: ListOptions): Promise<T[]>;
  /** Undefined where it is not there. */
  get<T extends KubeObject>(ref: ResourceRef<T>, at: ObjectAt): Promise<T | undefined>;
}

/** How objects of one kind are shown to a person, in the words and order of kubectl. */
export interface Describer {
  readonly group: string;
  readonly kind: string;
  /** False where nothing ever happens to such an object. */
  readonly showsEvents: boolean;
  /** All lines but the events; cells end with tabs (see `alignTabs`). */
  describe(object: KubeObject, around: Surroundings): Promise<string[]> | string[];
}

/** A describer of one kind; the registry holds those of all. */
export function defineDescriber<T extends KubeObject>(
  ref: ResourceRef<T>,
  describe: (object: T, around: Surroundings) => Promise<string[]> | string[],
  { showsEvents = true }: { readonly showsEvents?: boolean } = {},
): Describer {
  const { group, kind } = ref;
  return { group, kind, showsEvents, describe: (object, around) => describe(object as T, around) };
}
