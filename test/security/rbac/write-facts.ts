/**
 * Writes `facts.txt` beside this file: what a fresh kube-apiserver serves and grants, from the recorded lists of one.
 * `node test/security/rbac/write-facts.ts [FOLDER]`, by default `$K8TS_REFERENCE/facts` or `../shared/reference/facts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterRole, PolicyRule, RoleBinding, Subject } from '../../../api/schema/generated/rbac-v1.ts';
import type { KubeObject } from '../../../api/meta/object.ts';

interface ServedResource {
  readonly verbs: readonly string[];
  readonly subresources?: Readonly<Record<string, { readonly verbs: readonly string[] }>>;
}
interface ServedGroup {
  readonly name: string;
  readonly resources: Readonly<Record<string, Readonly<Record<string, ServedResource>>>>;
}

const reference = process.env['K8TS_REFERENCE'] ?? fileURLToPath(new URL('../../../../shared/reference', import.meta.url)); // prettier-ignore
const folder = process.argv[2] ?? join(reference, 'facts');
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));

const rbac = 'rbac.authorization.k8s.io';
const objects = read('bootstrap.json') as Record<string, KubeObject[]>;
const listOf = <T>(plural: string): T[] => objects[`${rbac}/v1/${plural}`] as T[];
const lines = [
  '# What kube-apiserver 1.36.3 serves and grants when it is new; written by write-facts.ts.',
  '# served GROUP RESOURCE VERB…',
  '# role NAMESPACE/NAME aggregates-to=WORD aggregates=WORD, below it VERBS | GROUPS | RESOURCES | NAMES, or VERBS | PATHS',
  '# binding NAMESPACE/NAME KIND/ROLE SUBJECT…',
  ...servedLines((read('resources.json') as { groups: ServedGroup[] }).groups),
  ...[...listOf<ClusterRole>('clusterroles'), ...listOf<ClusterRole>('roles')].flatMap(roleLines),
  ...[...listOf<RoleBinding>('clusterrolebindings'), ...listOf<RoleBinding>('rolebindings')].map(bindingLine),
];
writeFileSync(new URL('facts.txt', import.meta.url), `${lines.join('\n')}\n`);

function servedLines(groups: readonly ServedGroup[]): string[] {
  const served = groups.flatMap(({ name: group, resources }) =>
    Object.values(resources).flatMap((byName) =>
      Object.entries(byName).flatMap(([resource, { verbs, subresources = {} }]) => [
        `served ${group || 'core'} ${resource} ${verbs.join(' ')}`,
        ...Object.entries(subresources).map(
          ([name, sub]) => `served ${group || 'core'} ${resource}/${name} ${sub.verbs.join(' ')}`,
        ),
      ]),
    ),
  );
  return [...new Set(served)];
}

function roleLines({ metadata, rules, aggregationRule }: ClusterRole): string[] {
  const to = Object.keys(metadata.labels ?? {}).find((label) => label.startsWith(`${rbac}/aggregate-to-`));
  const selected = aggregationRule?.clusterRoleSelectors
    ?.map(({ matchLabels }) => Object.keys(matchLabels ?? {}))
    .flat();
  const word = (label: string): string => label.slice(`${rbac}/aggregate-to-`.length);
  return [
    [
      `role ${metadata.namespace ?? ''}/${metadata.name}`,
      ...(to ? [`aggregates-to=${word(to)}`] : []),
      ...(selected ?? []).map((label) => `aggregates=${word(label)}`),
    ].join(' '),
    ...(rules ?? []).map((rule) => `  ${ruleText(rule)}`),
  ];
}

function ruleText({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs }: PolicyRule): string {
  if (nonResourceURLs) return `${verbs.join(' ')} | ${nonResourceURLs.join(' ')}`;
  const groups = apiGroups.map((group) => group || 'core');
  return [verbs, groups, resources, ...(resourceNames.length ? [resourceNames] : [])]
    .map((list) => list.join(' '))
    .join(' | ');
}

function bindingLine({ metadata, roleRef, subjects = [] }: RoleBinding): string {
  const text = ({ kind, namespace, name }: Subject): string => `${kind}=${namespace ? `${namespace}/` : ''}${name}`;
  return [`binding ${metadata.namespace ?? ''}/${metadata.name}`, `${roleRef.kind}/${roleRef.name}`, ...subjects.map(text)].join(' '); // prettier-ignore
}
