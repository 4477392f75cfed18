import { ApiError } from '../api/meta/errors.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';
import type { APIGroupList, APIResourceList, APIVersions } from '../api/schema/generated/meta-v1.ts';
import type { Client } from './client.ts';
import { errorFrom } from './response-error.ts';

/** A resource as the server's discovery tells of it; what a Client takes as `ref`. */
export interface DiscoveredResource extends ResourceRef {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Names (`status`, `scale`) with the kind each takes or answers. */
  readonly subresources: ReadonlyMap<string, { readonly kind: string; readonly verbs: readonly string[] }>;
  /** Its version is the one the server prefers for the group. */
  readonly isPreferred: boolean;
}

export interface Discovery {
  /** All that there is, groups and versions in the server's order. */
  readonly resources: readonly DiscoveredResource[];
  /** Groups whose resources the server could not tell (an aggregated API that is down), with why. */
  readonly failures: readonly { readonly groupVersion: string; readonly reason: string }[];
  /**
   * The resource that a person means: plural, singular, short name or kind in any case, with group or version and
   * group behind a dot (`deploy`, `pods`, `deployments.apps`, `deployments.v1.apps`). Undefined where there is none.
   */
  find(name: string): DiscoveredResource | undefined;
  /** The resource that holds objects of a kind; undefined where there is none. */
  forKind(apiVersion: string, kind: string): DiscoveredResource | undefined;
  /** Resources of a category such as `all`, one version each. */
  inCategory(category: string): readonly DiscoveredResource[];
}

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

/** Asks the server what it serves: two requests where it knows aggregated discovery, else one a group and version. */
export async function discover(client: Client, signal?: AbortSignal): Promise<Discovery> {
  const [core, groups] = await Promise.all([
    getJson<AggregatedList | APIVersions>(client, '/api', aggregated, signal),
    getJson<AggregatedList | APIGroupList>(client, '/apis', aggregated, signal),
  ]);
  const resources: DiscoveredResource[] = [];
  const failures: { groupVersion: string; reason: string }[] = [];
  const plain: { readonly group: string; readonly version: string; readonly isPreferred: boolean }[] = [];
  for (const root of [core, groups]) {
    if ('items' in root) readAggregated(root, resources, failures);
    else if ('versions' in root) {
      for (const version of root.versions) plain.push({ group: '', version, isPreferred: true });
    } else {
      for (const { name, versions, preferredVersion } of root.groups) {
        for (const { version } of versions) {
          plain.push({ group: name, version, isPreferred: version === (preferredVersion ?? versions[0]!).version });
        }
      }
    }
  }
  const lists = await Promise.all(
    plain.map(async (one) => {
      const path = one.group ? `/apis/${one.group}/${one.version}` : `/api/${one.version}`;
      try {
        return { ...one, list: await getJson<APIResourceList>(client, path, 'application/json', signal) };
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof ApiError)) throw error;
        failures.push({ groupVersion: path.replace(/^\/apis?\//, ''), reason: error.message });
        return undefined;
      }
    }),
  );
  for (const one of lists) if (one) readPlain(one, one.list, resources);
  return createDiscovery(resources, failures);
}

/** Look-ups over resources that are known already. */
export function createDiscovery(
  resources: readonly DiscoveredResource[],
  failures: Discovery['failures'] = [],
): Discovery {
  // Of several versions the server's favourite, of several groups the first (core before others).
  const best = (matches: readonly DiscoveredResource[]): DiscoveredResource | undefined =>
    matches.find((resource) => resource.group === matches[0]!.group && resource.isPreferred) ?? matches[0];
  const named = (name: string, from: readonly DiscoveredResource[]): DiscoveredResource | undefined => {
    const lower = name.toLowerCase();
    for (const test of [
      (r: DiscoveredResource) => r.plural === lower,
      (r: DiscoveredResource) => r.singular === lower,
      (r: DiscoveredResource) => r.shortNames.includes(lower),
      (r: DiscoveredResource) => r.kind.toLowerCase() === lower,
    ]) {
      const matches = from.filter(test);
      if (matches.length > 0) return best(matches);
    }
    return undefined;
  };
  return {
    resources,
    failures,
    find: (name) => {
      const [first, ...rest] = name.split('.') as [string, ...string[]];
      if (rest.length === 0) return named(first, resources);
      const [version, ...group] = rest as [string, ...string[]];
      return (
        named(
          first,
          resources.filter((r) => r.version === version && r.group === group.join('.')),
        ) ??
        named(
          first,
          resources.filter((r) => r.group === rest.join('.')),
        )
      );
    },
    forKind: (apiVersion, kind) => {
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      const version = apiVersion.slice(slash + 1);
      return resources.find((r) => r.group === group && r.version === version && r.kind === kind);
    },
    inCategory: (category) => resources.filter((r) => r.isPreferred && r.categories.includes(category)),
  };
}

interface AggregatedList {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope?: string;
        readonly singularResource?: string;
        readonly verbs?: readonly string[];
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly subresources?: readonly {
          readonly subresource: string;
          readonly responseKind?: { readonly kind?: string };
          readonly verbs?: readonly string[];
        }[];
      }[];
    }[];
  }[];
}

function readAggregated(
  list: AggregatedList,
  resources: DiscoveredResource[],
  failures: { groupVersion: string; reason: string }[],
): void {
  for (const { metadata, versions = [] } of list.items) {
    const group = metadata?.name ?? '';
    for (const [i, { version, freshness, resources: found = [] }] of versions.entries()) {
      if (freshness === 'Stale')
        failures.push({ groupVersion: `${group}/${version}`, reason: 'stale GroupVersion discovery' });
      for (const one of found) {
        resources.push({
          group,
          version,
          kind: one.responseKind?.kind ?? '',
          plural: one.resource,
          singular: one.singularResource ?? '',
          scope: one.scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
          shortNames: one.shortNames ?? [],
          categories: one.categories ?? [],
          verbs: one.verbs ?? [],
          subresources: new Map(
            (one.subresources ?? []).map((sub) => [
              sub.subresource,
              { kind: sub.responseKind?.kind ?? '', verbs: sub.verbs ?? [] },
            ]),
          ),
          isPreferred: i === 0, // versions come in the order of preference
        });
      }
    }
  }
}

function readPlain(
  at: { readonly group: string; readonly version: string; readonly isPreferred: boolean },
  list: APIResourceList,
  resources: DiscoveredResource[],
): void {
  for (const one of list.resources) {
    if (one.name.includes('/')) continue;
    const subresources = list.resources
      .filter((other) => other.name.startsWith(`${one.name}/`))
      .map((other) => [other.name.slice(one.name.length + 1), { kind: other.kind, verbs: other.verbs }] as const);
    resources.push({
      group: at.group,
      version: at.version,
      isPreferred: at.isPreferred,
      kind: one.kind,
      plural: one.name,
      singular: one.singularName,
      scope: one.namespaced ? 'Namespaced' : 'Cluster',
      shortNames: one.shortNames ?? [],
      categories: one.categories ?? [],
      verbs: one.verbs,
      subresources: new Map(subresources),
    });
  }
}

async function getJson<T>(client: Client, path: string, accept: string, signal: AbortSignal | undefined): Promise<T> {
  const response = await client.raw({ method: 'GET', path, headers: { accept }, signal });
  const text = await response.text();
  if (response.status !== 200) throw errorFrom(response.status, text, { method: 'GET', path });
  return JSON.parse(text) as T;
}
