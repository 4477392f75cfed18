import { apiVersionOf, type ResourceRow, type SubresourceFacts } from '../../api/resources/define-resource.ts';

/** Rows of one group and version, in the order of discovery. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly rows: readonly ResourceRow[];
}

export interface Group {
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly GroupVersion[];
}

/**
 * Groups of the rows: built-in ones as the rows order them, others after them by name; versions of a built-in group as
 * the rows order them, of others the most stable and newest first. The core group is `''`.
 */
export function groupsOf(rows: readonly ResourceRow[], isBuiltIn: (group: string) => boolean): Group[] {
  const byGroup = new Map<string, Map<string, ResourceRow[]>>();
  for (const row of rows) {
    const versions = byGroup.get(row.group) ?? new Map<string, ResourceRow[]>();
    byGroup.set(row.group, versions);
    versions.set(row.version, [...(versions.get(row.version) ?? []), row]);
  }
  const groups = [...byGroup].map(([name, versions]): Group => {
    const list = [...versions].map(([version, ofVersion]) => ({
      group: name,
      version,
      rows: ofVersion.toSorted((a, b) => (a.plural < b.plural ? -1 : 1)),
    }));
    return { name, versions: isBuiltIn(name) ? list : list.sort((a, b) => compareVersions(b.version, a.version)) };
  });
  const others = groups.filter((g) => !isBuiltIn(g.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...groups.filter((g) => isBuiltIn(g.name)), ...others];
}

/** By stability, then number: `v2` > `v1` > `v1beta2` > `v1beta1` > `v1alpha1` > anything else, later names first. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [rank(a), rank(b)];
  if (!x || !y) return x ? 1 : y ? -1 : a < b ? 1 : a > b ? -1 : 0;
  return x.stability - y.stability || x.major - y.major || x.minor - y.minor;
}

function rank(version: string): { stability: number; major: number; minor: number } | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (!match) return undefined;
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}

/** `/api`. */
export function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `/apis`. */
export function apiGroupList(groups: readonly Group[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter((g) => g.name !== '').map(groupEntry) };
}

/** `/apis/GROUP`. */
export function apiGroup(group: Group): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

function groupEntry(group: Group): object {
  const versions = group.versions.map((gv) => ({ groupVersion: apiVersionOf(gv), version: gv.version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/GROUP/VERSION`. */
export function apiResourceList(gv: GroupVersion): object {
  return {
    kind: 'APIResourceList',
    // The core group's list goes without, an old habit of upstream's.
    ...(gv.group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(gv),
    resources: gv.rows.flatMap(resourceEntries),
  };
}

function resourceEntries(row: ResourceRow): object[] {
  const namespaced = row.scope === 'Namespaced';
  return [
    {
      name: row.plural,
      singularName: row.singular,
      namespaced,
      kind: row.kind,
      verbs: row.verbs,
      ...unlessEmpty('shortNames', row.shortNames),
      ...unlessEmpty('categories', row.categories),
      ...(row.storageVersionHash === undefined ? {} : { storageVersionHash: row.storageVersionHash }),
    },
    ...subresourcesOf(row).map(([name, facts]) => ({
      name: `${row.plural}/${name}`,
      singularName: '',
      namespaced,
      ...(facts.version === undefined ? {} : { group: facts.group, version: facts.version }),
      kind: facts.kind,
      verbs: facts.verbs,
    })),
  ];
}

const subresourcesOf = (row: ResourceRow): [string, SubresourceFacts][] =>
  Object.entries(row.subresources).sort(([a], [b]) => (a < b ? -1 : 1));

const unlessEmpty = (name: string, values: readonly string[]): object =>
  values.length === 0 ? {} : { [name]: values };

/** The aggregated form, `apidiscovery.k8s.io/v2`: of `/api` with the core group, of `/apis` with the others. */
export function aggregatedDiscovery(groups: readonly Group[], isBuiltIn: (group: string) => boolean): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === '' ? {} : { name: group.name },
      versions: group.versions.map((gv) => ({
        version: gv.version,
        resources: gv.rows.map((row) => aggregatedResource(row, isBuiltIn(group.name))),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(row: ResourceRow, builtIn: boolean): object {
  // Upstream names group and version only where they differ, and for custom resources.
  const own = (kind: string): object =>
    builtIn ? { group: '', version: '', kind } : { group: row.group, version: row.version, kind };
  const subresources = subresourcesOf(row).map(([subresource, facts]) => ({
    subresource,
    responseKind:
      facts.version === undefined
        ? own(facts.kind)
        : { group: facts.group ?? '', version: facts.version, kind: facts.kind },
    verbs: facts.verbs,
  }));
  return {
    resource: row.plural,
    responseKind: own(row.kind),
    scope: row.scope,
    singularResource: row.singular,
    verbs: row.verbs,
    ...unlessEmpty('shortNames', row.shortNames),
    ...unlessEmpty('categories', row.categories),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}
