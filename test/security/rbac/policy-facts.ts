import { readFileSync } from 'node:fs';

/** A rule as upstream's new server has it: about resources, or about paths. */
export interface FactRule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly paths: readonly string[];
}

export interface FactRole {
  /** Empty for a cluster role. */
  readonly namespace: string;
  readonly name: string;
  readonly rules: readonly FactRule[];
  /** What its rules are added to, and what it takes the rules of others under: `admin`, `edit`, `view`. */
  readonly aggregatesTo?: string;
  readonly aggregates?: string;
}

export interface FactBinding {
  readonly namespace: string;
  readonly roleKind: string;
  readonly roleName: string;
  readonly subjects: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
}

export interface PolicyFacts {
  /** `resource` is `pods` or `pods/log`. */
  readonly served: readonly { readonly group: string; readonly resource: string; readonly verbs: readonly string[] }[];
  readonly roles: readonly FactRole[];
  readonly bindings: readonly FactBinding[];
}

/** Reads `facts.txt`, which says in its first lines how it is to be read. */
export function readPolicyFacts(): PolicyFacts {
  const served: PolicyFacts['served'][number][] = [];
  const roles: (FactRole & { readonly rules: FactRule[] })[] = [];
  const bindings: FactBinding[] = [];
  for (const line of readFileSync(new URL('facts.txt', import.meta.url), 'utf8').split('\n')) {
    const [kind, ...words] = line.split(' ');
    if (line.startsWith('  ')) roles.at(-1)!.rules.push(ruleOf(line.trim()));
    else if (kind === 'served') served.push({ group: groupOf(words[0]!), resource: words[1]!, verbs: words.slice(2) });
    else if (kind === 'role') roles.push({ ...placeOf(words[0]!), rules: [], ...aggregationOf(words.slice(1)) });
    else if (kind === 'binding') bindings.push(bindingOf(words));
  }
  return { served, roles, bindings };
}

const groupOf = (word: string): string => (word === 'core' ? '' : word);
const wordsOf = (text = ''): string[] => text.split(' ').filter(Boolean);

function placeOf(text: string): { namespace: string; name: string } {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

function aggregationOf(words: readonly string[]): Pick<FactRole, 'aggregatesTo' | 'aggregates'> {
  const valueOf = (key: string): string | undefined =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  return { aggregatesTo: valueOf('aggregates-to'), aggregates: valueOf('aggregates') };
}

function ruleOf(text: string): FactRule {
  const parts = text.split(' | ').map(wordsOf);
  const none = { verbs: parts[0]!, groups: [], resources: [], names: [], paths: [] };
  if (parts.length === 2) return { ...none, paths: parts[1]! };
  return { ...none, groups: parts[1]!.map(groupOf), resources: parts[2]!, names: parts[3] ?? [] };
}

function bindingOf([place, role, ...subjects]: readonly string[]): FactBinding {
  const [roleKind, ...roleName] = role!.split('/');
  return {
    namespace: placeOf(place!).namespace,
    roleKind: roleKind!,
    roleName: roleName.join('/'),
    subjects: subjects.map((subject) => {
      const equals = subject.indexOf('=');
      const kind = subject.slice(0, equals);
      const name = subject.slice(equals + 1);
      return kind === 'ServiceAccount' ? { kind, ...placeOf(name) } : { kind, namespace: '', name };
    }),
  };
}
