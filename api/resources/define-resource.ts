import type { FieldError } from '../meta/field-error.ts';
import type { KubeObject } from '../meta/object.ts';

export const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
export type Verb = (typeof verbs)[number];

/** What a client needs to know to address a resource; every row is one. `T` is only for the type checker. */
export interface ResourceRef<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly _type?: T;
}

/** A column of the Table answer. `cell` gets the object as served and the current time in ms since the epoch. */
export interface Column<T> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  readonly format?: 'name';
  readonly description?: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority?: number;
  readonly cell: (object: T, nowMs: number) => string | number | boolean | null;
}

/** `meta.k8s.io/v1.TableRowCondition`. */
export interface RowCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What a strategy may ask of the request around it. */
export interface WriteContext {
  readonly nowMs: number;
  /** A `Warning` header of the answer, for what a strategy sees before it changes it. */
  readonly warn?: (text: string) => void;
  /** A fresh random UUID. */
  readonly newUid?: () => string;
  /** Who asks; absent for writes that the server makes by itself. */
  readonly user?: {
    readonly name: string;
    readonly uid: string;
    readonly groups: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  };
}

/** A subresource as discovery lists it: the kind it takes or answers and its verbs. */
export interface SubresourceFacts {
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** A row of the registry: all the engine knows of a resource. Rows are data and pure functions; a CRD yields one too. */
export interface ResourceRow<T extends KubeObject = KubeObject> extends ResourceRef<T> {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: Readonly<Record<string, SubresourceFacts>>;
  readonly storageVersionHash?: string;
  /** Its type in the schema table. */
  readonly typeName: string;
  /** Key prefix below `/registry`, without slashes at the ends (`pods`, `services/specs`); absent where nothing is stored. */
  readonly storagePrefix?: string;
  /** For a version that is stored as another of the same resource (autoscaling/v1, events.k8s.io/v1). */
  readonly storedAs?: {
    readonly row: () => ResourceRow;
    readonly toStored: (object: T) => KubeObject;
    readonly fromStored: (stored: KubeObject) => T;
  };
  readonly columns: readonly Column<T>[];
  /** `conditions` of the object's row in a Table answer (pods that are done). */
  readonly rowConditions?: (object: T) => readonly RowCondition[];
  /**
   * Field selectors beyond metadata.name and metadata.namespace; a value is compared as a string. A cluster-scoped
   * resource that has some refuses metadata.namespace, as upstream does.
   */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** The message for a field selector that is not known, where it is not the usual one. */
  readonly unknownFieldSelector?: (label: string) => string;
  /** Fills what the client left out. Changes the object it is given. Runs on every read from the wire. */
  readonly setDefaults?: (object: T) => void;
  /**
   * Strategy on create, after defaulting: clears status, sets initial phases. Changes the object it is given, which has
   * its name, uid and creationTimestamp already.
   */
  readonly prepareForCreate?: (object: T, context?: WriteContext) => void;
  /** Strategy on update of the main resource: keeps the status of `old`. `metadata.generation` is the engine's. */
  readonly prepareForUpdate?: (next: T, old: T, context?: WriteContext) => void;
  /** Strategy on update of `/status`: keeps all but the status. The engine does it where the row says nothing. */
  readonly prepareForStatusUpdate?: (next: T, old: T, context?: WriteContext) => void;
  /**
   * Paths that writers of the object ('') or of one of its subresources cannot come to own, as their strategy undoes them.
   * Absent: `status` on the object where it has one, `spec` on its status.
   */
  readonly resetFields?: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** True where `metadata.generation` starts at 1 and a change outside metadata and status counts it up. */
  readonly hasGeneration: boolean;
  /** Where another rule decides whether an update counts up `metadata.generation` (deployments: annotations too). */
  readonly countsGeneration?: (next: T, old: T) => boolean;
  /** Says what is wrong with a name; the engine checks DNS-1123 subdomain where a row says nothing. */
  readonly validateName?: (name: string, prefixOnly: boolean) => string[];
  /**
   * Where upstream checks metadata less than usual: `anyFinalizer` needs no domain in a finalizer's name; `checkedOnce`
   * tells an update's complaints once where others tell them twice.
   */
  readonly metadataRules?: { readonly anyFinalizer?: true; readonly checkedOnce?: true };
  /** Pure: return every error found, throw none. Metadata is validated by the engine, and its errors come first. */
  readonly validate?: (object: T) => FieldError[];
  /** All that is wrong with an update: the engine calls this alone; where it is absent, it calls `validate(next)`. */
  readonly validateUpdate?: (next: T, old: T) => FieldError[];
  readonly validateStatusUpdate?: (next: T, old: T) => FieldError[];
  /** The `Warning` of every request for the resource, where it is on its way out. */
  readonly deprecation?: string;
  /** `Warning` headers of a create or update. */
  readonly warnings?: (object: T, old?: T) => string[];
  /** `Warning` headers of an update of the status. */
  readonly statusWarnings?: (object: T) => string[];
  /** Seconds a delete waits by default (pods); absent means at once. */
  readonly gracePeriodSeconds?: (object: T) => number;
  /** What becomes of dependents where a delete does not say: `Background` unless it is said here. `Unsupported`: nothing depends. */
  readonly defaultPropagation?: 'Orphan' | 'Unsupported';
  /** The `Warning` of a delete that leaves it at the default. */
  readonly defaultPropagationWarning?: string;
  /** True where a delete that removes the object answers it; elsewhere it answers a Status. */
  readonly returnsDeletedObject?: boolean;
  /** May a PUT or an apply to a name that is not there create it? */
  readonly allowCreateOnUpdate?: boolean;
  /** May an update come without a resourceVersion? Absent means yes. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Paths for `/scale`: where replicas and the selector live. */
  readonly scale?: {
    readonly specReplicas: (object: T) => number;
    readonly statusReplicas: (object: T) => number;
    readonly selector: (object: T) => string;
    readonly setSpecReplicas: (object: T, replicas: number) => void;
  };
}

type RowInput<T extends KubeObject> = Omit<
  ResourceRow<T>,
  'singular' | 'shortNames' | 'categories' | 'verbs' | 'subresources' | 'hasGeneration'
> &
  Partial<Pick<ResourceRow<T>, 'singular' | 'shortNames' | 'categories' | 'verbs' | 'subresources' | 'hasGeneration'>>;

/** Completes a row with what is usual: singular from kind, all verbs, no subresources, no generation. */
export function defineResource<T extends KubeObject>(row: RowInput<T>): ResourceRow<T> {
  return {
    singular: row.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs,
    subresources: {},
    hasGeneration: false,
    ...row,
  };
}

/** `apps/v1`, or `v1` in the core group. */
export function apiVersionOf(ref: { readonly group: string; readonly version: string }): string {
  return ref.group ? `${ref.group}/${ref.version}` : ref.version;
}

/** The type an object of a row says it is. */
export function typeOf(row: Pick<ResourceRow, 'group' | 'version' | 'kind'>): {
  readonly apiVersion: string;
  readonly kind: string;
} {
  return { apiVersion: apiVersionOf(row), kind: row.kind };
}

/** The path of a collection or an object: `/apis/apps/v1/namespaces/NS/deployments/NAME/status`. */
export function resourcePath(
  ref: ResourceRef,
  at: { readonly namespace?: string; readonly name?: string; readonly subresource?: string } = {},
): string {
  let path = ref.group ? `/apis/${ref.group}/${ref.version}` : `/api/${ref.version}`;
  if (ref.scope === 'Namespaced' && at.namespace) path += `/namespaces/${encodeURIComponent(at.namespace)}`;
  path += `/${ref.plural}`;
  if (at.name) path += `/${encodeURIComponent(at.name)}`;
  if (at.subresource) path += `/${at.subresource}`;
  return path;
}
