import type { FactRole, FactRule, PolicyFacts } from './policy-facts.ts';

/** Somebody who asks. */
export interface Asker {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What is asked: `resource` is `pods` or `pods/log`; a path where `path` is there. */
export interface Question {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
}

/** Rules that somebody holds in one namespace, or in all of them where it is empty. */
interface Holding {
  readonly namespace: string;
  readonly rules: readonly FactRule[];
}

/**
 * Decides as the facts say, without index, cache or haste: once more than the server does it, and by nothing of its code.
 */
export function createNaivePolicy(facts: PolicyFacts): (asker: Asker) => (question: Question) => boolean {
  return (asker) => {
    const holdings: Holding[] = facts.bindings
      .filter(({ subjects }) => subjects.some((subject) => isSubject(subject, asker)))
      .map(({ namespace, roleKind, roleName }) => ({
        namespace,
        rules: rulesOf(facts, roleKind === 'Role' ? namespace : '', roleName),
      }));
    const isMaster = asker.groups.includes('system:masters');
    const nodeName = asker.groups.includes('system:nodes') && /^system:node:(.+)$/.exec(asker.name)?.[1];
    const nodeRules = rulesOf(facts, '', 'system:node');
    return (question) =>
      isMaster ||
      (nodeName ? mayNode(nodeName, question, nodeRules) : false) ||
      holdings.some(
        ({ namespace, rules }) =>
          (namespace === '' || (question.path === undefined && namespace === question.namespace)) &&
          rules.some((rule) => grants(rule, question)),
      );
  };
}

function isSubject(
  { kind, namespace, name }: { kind: string; namespace: string; name: string },
  asker: Asker,
): boolean {
  if (kind === 'Group') return asker.groups.includes(name);
  return asker.name === (kind === 'User' ? name : `system:serviceaccount:${namespace}:${name}`);
}

/** The rules of a role: its own, and where it aggregates, those of every role that says it belongs to it. */
function rulesOf(facts: PolicyFacts, namespace: string, name: string): FactRule[] {
  const role = facts.roles.find((one) => one.namespace === namespace && one.name === name);
  if (!role) throw new Error(`the facts have no role ${namespace}/${name}`);
  const parts: FactRole[] = role.aggregates
    ? facts.roles.filter((one) => one.aggregatesTo === role.aggregates && one.name !== name)
    : [];
  return [...role.rules, ...parts.flatMap((part) => rulesOf(facts, '', part.name))];
}

function grants(rule: FactRule, { verb, group, resource, name, path }: Question): boolean {
  const has = (list: readonly string[], word: string): boolean => list.includes('*') || list.includes(word);
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined)
    return rule.paths.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : path === one));
  const isOfAny = resource.includes('/') && rule.resources.includes(`*${resource.slice(resource.indexOf('/'))}`);
  return (
    has(rule.groups, group) &&
    (has(rule.resources, resource) || isOfAny) &&
    (rule.names.length === 0 || rule.names.includes(name))
  );
}

const reads = ['get', 'list', 'watch'];
const writes = ['create', 'update', 'patch'];

/** What a kubelet may do in a cluster without pods (KEP-279, KEP-4601): itself, its lease and CSINode, and what has no owner. */
function mayNode(nodeName: string, question: Question, rules: readonly FactRule[]): boolean {
  const { verb, group, resource, namespace, name, path } = question;
  const isOwn = name === nodeName;
  const [plural, ...rest] = resource.split('/');
  const subresource = rest.join('/');
  if (path !== undefined) return false;
  switch (`${group}/${plural}`) {
    // Only what a pod or volume of the node refers to, and there is none.
    case '/secrets':
    case '/configmaps':
    case '/serviceaccounts':
    case '/persistentvolumeclaims':
    case '/persistentvolumes':
    case 'resource.k8s.io/resourceclaims':
    case 'storage.k8s.io/volumeattachments':
      return false;
    case 'resource.k8s.io/resourceslices':
      return subresource === '' && verb === 'create';
    case '/nodes':
      if (subresource === 'status') return ['update', 'patch'].includes(verb);
      return subresource === '' && (writes.includes(verb) || (reads.includes(verb) && isOwn));
    case '/pods':
      if (subresource === 'status') return ['update', 'patch'].includes(verb);
      if (subresource === 'eviction') return verb === 'create';
      return subresource === '' && ['create', 'delete'].includes(verb);
    case 'coordination.k8s.io/leases':
      return (
        namespace === 'kube-node-lease' &&
        (verb === 'create' || (['get', 'update', 'patch', 'delete'].includes(verb) && isOwn))
      );
    case 'storage.k8s.io/csinodes':
      return (
        subresource === '' && (verb === 'create' || (['get', 'update', 'patch', 'delete'].includes(verb) && isOwn))
      );
    default:
      return rules.some((rule) => grants(rule, question));
  }
}
