import type { DiscoveredResource, Discovery } from '../client/discovery.ts';

/** A resource that a person named, with the objects of it; no names mean all of them. */
export interface Target {
  readonly resource: DiscoveredResource;
  readonly names: readonly string[];
}

/**
 * Reads `pods`, `pods,svc`, `all`, `pod a b`, `deploy/web pod/a`. Objects of one resource are one target. Throws one clear
 * line where the server has no such resource.
 */
export function parseResourceArgs(args: readonly string[], discovery: Discovery): Target[] {
  const [first, ...rest] = args;
  if (first === undefined) throw new Error('You must specify the type of resource to get, such as pods or deploy/web.');
  if (args.some((arg) => arg.includes('/'))) return parsePairs(args, discovery);
  const resources = first.split(',').flatMap((name) => resourcesNamed(name, discovery));
  return resources.map((resource) => ({ resource, names: rest }));
}

function parsePairs(args: readonly string[], discovery: Discovery): Target[] {
  const targets = new Map<DiscoveredResource, string[]>();
  for (const arg of args) {
    const parts = arg.split('/');
    const [type, name] = parts;
    if (parts.length !== 2 || !type || !name)
      throw new Error("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'k8ts get resource/<resource_name>' instead of 'k8ts get resource resource/<resource_name>'"); // prettier-ignore
    const resource = findResource(type, discovery);
    const names = targets.get(resource) ?? [];
    targets.set(resource, [...names, name]);
  }
  return [...targets].map(([resource, names]) => ({ resource, names }));
}

function resourcesNamed(name: string, discovery: Discovery): readonly DiscoveredResource[] {
  const inCategory = discovery.inCategory(name).filter((resource) => resource.verbs.includes('list'));
  return inCategory.length > 0 ? inCategory : [findResource(name, discovery)];
}

/** The resource of a plural, singular, short name or kind. Throws where there is none. */
export function findResource(name: string, discovery: Discovery): DiscoveredResource {
  const resource = discovery.find(name);
  if (!resource) throw new Error(`the server doesn't have a resource type "${name}"`);
  return resource;
}

/** `deployment.apps`, or `pod` in the core group: how messages name a resource. */
export function qualifiedSingular({ kind, group }: { readonly kind: string; readonly group: string }): string {
  return group ? `${kind.toLowerCase()}.${group}` : kind.toLowerCase();
}
