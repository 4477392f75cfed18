/**
 * Upstream's key layout, so that an upstream kube-apiserver can be started on the same etcd and serve the same objects:
 * `/registry/<storagePrefix>/<namespace>/<name>`, without the namespace where the scope is the cluster. Nothing is
 * escaped: names cannot hold a '/', which validation refuses before a key is made.
 */
export const registryPrefix = '/registry/';

/** What a key needs to know of a resource row. */
export interface StoredResource {
  readonly storagePrefix?: string;
  readonly scope: 'Namespaced' | 'Cluster';
}

/** `/registry/pods/`; throws for a row that stores nothing. */
export function resourcePrefix(row: StoredResource): string {
  if (row.storagePrefix === undefined) throw new Error('the resource is not stored');
  return `${registryPrefix}${row.storagePrefix}/`;
}

/** The prefix of a collection: of one namespace, or of all where `namespace` is empty or the scope is the cluster. */
export function collectionPrefix(row: StoredResource, namespace?: string): string {
  const prefix = resourcePrefix(row);
  return namespace && row.scope === 'Namespaced' ? `${prefix}${namespace}/` : prefix;
}

/** The key of one object. */
export function storageKey(row: StoredResource, at: { readonly namespace?: string; readonly name: string }): string {
  if (row.scope === 'Namespaced' && !at.namespace) throw new Error('a namespaced object needs a namespace');
  return collectionPrefix(row, at.namespace) + at.name;
}

/**
 * The part of a key that names its resource: `/registry/pods/`, `/registry/services/specs/`,
 * `/registry/example.com/widgets/`. Two segments stand where the first is an API group, which always has a dot, or
 * `services`; one segment elsewhere. A key without a resource answers itself.
 */
export function resourcePrefixOf(key: string): string {
  const start = registryPrefix.length;
  const first = key.indexOf('/', start);
  if (first < 0) return key;
  const dot = key.indexOf('.', start);
  const two = (dot >= 0 && dot < first) || (first === start + 8 && key.startsWith('services', start));
  if (!two) return key.slice(0, first + 1);
  const second = key.indexOf('/', first + 1);
  return second < 0 ? key : key.slice(0, second + 1);
}

/** Resource, namespace ('' for a cluster-scoped object) and name of a key. */
export function parseKey(key: string): { resourcePrefix: string; namespace: string; name: string } {
  const prefix = resourcePrefixOf(key);
  const slash = key.indexOf('/', prefix.length);
  return slash < 0
    ? { resourcePrefix: prefix, namespace: '', name: key.slice(prefix.length) }
    : { resourcePrefix: prefix, namespace: key.slice(prefix.length, slash), name: key.slice(slash + 1) };
}

/** The first key that no longer starts with `prefix`: the exclusive end of its range. */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** What a resource prefix is called in metrics. */
export type ResourceNames = (prefix: string) => GroupResource;

/** As far as the prefix itself tells: exact for custom resources; the rows of built-in ones know better. */
export const namesFromPrefix: ResourceNames = (prefix) => {
  const segments = prefix.slice(registryPrefix.length, -1).split('/');
  const [first = ''] = segments;
  return { group: segments.length > 1 && first.includes('.') ? first : '', resource: segments.at(-1) ?? '' };
};

/** Names after the rows that are stored as they are. */
export function namesFromRows(
  rows: Iterable<StoredResource & { readonly group: string; readonly plural: string; readonly storedAs?: unknown }>,
): ResourceNames {
  const names = new Map<string, GroupResource>();
  for (const row of rows) {
    if (row.storagePrefix === undefined || row.storedAs) continue;
    names.set(resourcePrefix(row), { group: row.group, resource: row.plural });
  }
  return (prefix) => names.get(prefix) ?? namesFromPrefix(prefix);
}
