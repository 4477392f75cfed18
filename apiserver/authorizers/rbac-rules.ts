import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PolicyRule } from '../../api/schema/generated/rbac-v1.ts';
import type { Attributes } from './authorizer.ts';

export type Rule = DeepReadonly<PolicyRule>;

/** Does one of the rules allow what is asked for? */
export function anyAllows(rules: readonly Rule[], asked: Attributes): boolean {
  for (let i = 0; i < rules.length; i++) if (ruleAllows(rules[i]!, asked)) return true;
  return false;
}

/** Does the rule allow what is asked for? `*` is a wildcard, also before a subresource. */
export function ruleAllows(rule: Rule, asked: Attributes): boolean {
  if (!rule.verbs.includes(asked.verb) && !rule.verbs.includes('*')) return false;
  if (!asked.isResource) return allowsPath(rule, asked.path);
  return (
    allowsGroup(rule, asked.group) &&
    allowsResource(rule, asked.resource, asked.subresource) &&
    allowsName(rule, asked.name)
  );
}

function allowsGroup({ apiGroups = [] }: Rule, group: string): boolean {
  return apiGroups.includes(group) || apiGroups.includes('*');
}

function allowsResource({ resources = [] }: Rule, resource: string, subresource: string): boolean {
  const combined = subresource ? `${resource}/${subresource}` : resource;
  return resources.some((r) => r === '*' || r === combined || (subresource !== '' && r === `*/${subresource}`));
}

function allowsName({ resourceNames }: Rule, name: string): boolean {
  return !resourceNames?.length || resourceNames.includes(name);
}

function allowsPath({ nonResourceURLs = [] }: Rule, path: string): boolean {
  return nonResourceURLs.some((url) => pathCovers(url, path));
}

function pathCovers(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));
}

/**
 * What of `wanted` is not granted by `held`, as the smallest rules upstream breaks rules into: one verb, one group, one
 * resource, at most one name. Empty where all is covered.
 */
export function uncoveredRules(held: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return wanted.flatMap(breakdown).filter((part) => !held.some((rule) => covers(rule, part)));
}

/** How many of these smallest rules `uncoveredRules` would make: lists of a thousand words each are a billion. */
export function countOfParts(rules: readonly Rule[]): number {
  const size = (list: readonly string[] | undefined): number => list?.length ?? 0;
  return rules.reduce(
    (sum, { verbs, apiGroups, resources, resourceNames, nonResourceURLs }) =>
      sum +
      verbs.length * (size(apiGroups) * size(resources) * Math.max(1, size(resourceNames)) + size(nonResourceURLs)),
    0,
  );
}

function breakdown(rule: Rule): Rule[] {
  const parts: Rule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) parts.push(part);
        for (const name of rule.resourceNames ?? []) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return parts;
}

function covers(held: Rule, wanted: Rule): boolean {
  if (!coversAll(held.verbs, wanted.verbs)) return false;
  if (wanted.nonResourceURLs?.length) {
    return wanted.nonResourceURLs.every((url) => held.nonResourceURLs?.some((own) => pathCovers(own, url)));
  }
  if (!coversAll(held.apiGroups, wanted.apiGroups) || !coversResources(held.resources, wanted.resources)) return false;
  if (!held.resourceNames?.length) return true;
  return wanted.resourceNames?.length
    ? wanted.resourceNames.every((name) => held.resourceNames!.includes(name))
    : false;
}

function coversAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes('*') || wanted.every((item) => held.includes(item));
}

function coversResources(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return wanted.every((resource) => {
    if (held.includes('*') || held.includes(resource)) return true;
    const slash = resource.indexOf('/');
    return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
  });
}

/** Rules that say the same but for their verbs become one, in the order of their keys: for messages. */
export function compactRules(rules: readonly Rule[]): Rule[] {
  const merged: Rule[] = [];
  const byWhat = new Map<string, { at: number; verbs: string[] }>();
  for (const rule of rules) {
    const simple =
      rule.apiGroups?.length === 1 &&
      rule.resources?.length === 1 &&
      (rule.resourceNames?.length ?? 0) <= 1 &&
      !rule.nonResourceURLs?.length;
    if (!simple) {
      merged.push(rule);
      continue;
    }
    const what = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames ?? []]);
    const known = byWhat.get(what);
    if (known) {
      known.verbs.push(...rule.verbs);
    } else {
      const verbs = [...rule.verbs];
      byWhat.set(what, { at: merged.length, verbs });
      merged.push({ ...rule, verbs });
    }
  }
  return merged;
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`: a rule as upstream writes it in messages. */
export function describeRule(rule: Rule): string {
  const list = (label: string, items: readonly string[] | undefined): string[] =>
    items?.length ? [`${label}:[${items.map((item) => JSON.stringify(item)).join(' ')}]`] : [];
  const parts = [
    ...list('APIGroups', rule.apiGroups),
    ...list('Resources', rule.resources),
    ...list('NonResourceURLs', rule.nonResourceURLs),
    ...list('ResourceNames', rule.resourceNames),
    ...list('Verbs', rule.verbs),
  ];
  return `{${parts.join(', ')}}`;
}
