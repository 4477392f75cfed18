import type { DeepReadonly } from '../../api/meta/object.ts';
import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../api/schema/generated/flowcontrol-v1.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { RequestInfo } from '../stages/request-info.ts';

type Rules = DeepReadonly<PolicyRulesWithSubjects>;
type Subject = Rules['subjects'][number];

/** Who asks, as far as flow schemas look at it. */
export type FlowUser = Pick<User, 'name' | 'groups'>;

const serviceAccountPrefix = 'system:serviceaccount:';

/** The rules of a flow schema whose subjects include the user; what they say of requests is still to be asked. */
export function rulesOfUser(spec: DeepReadonly<FlowSchemaSpec>, user: FlowUser): readonly Rules[] {
  return (spec.rules ?? []).filter(({ subjects }) => subjects.some((subject) => isSubject(subject, user)));
}

/** Does any of the rules cover the request? Resource rules are asked about resources, the others about paths. */
export function coversRequest(rules: readonly Rules[], info: RequestInfo): boolean {
  for (const { resourceRules, nonResourceRules } of rules) {
    if (info.isResource) {
      for (const rule of resourceRules ?? []) if (coversResource(rule, info)) return true;
    } else {
      for (const rule of nonResourceRules ?? []) if (coversPath(rule, info)) return true;
    }
  }
  return false;
}

function isSubject(subject: Subject, user: FlowUser): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user?.name === '*' || subject.user?.name === user.name;
    case 'Group':
      return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
    case 'ServiceAccount': {
      const account = subject.serviceAccount;
      if (!account) return false;
      const prefix = `${serviceAccountPrefix}${account.namespace}:`;
      return account.name === '*' ? user.name.startsWith(prefix) : user.name === prefix + account.name;
    }
    default:
      return false;
  }
}

function coversResource(rule: DeepReadonly<ResourcePolicyRule>, info: RequestInfo): boolean {
  if (!includes(rule.verbs, info.verb) || !includes(rule.apiGroups, info.group)) return false;
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  if (!includes(rule.resources, resource)) return false;
  return info.namespace === '' ? rule.clusterScope === true : includes(rule.namespaces ?? [], info.namespace);
}

function coversPath(rule: DeepReadonly<NonResourcePolicyRule>, info: RequestInfo): boolean {
  return includes(rule.verbs, info.verb) && rule.nonResourceURLs.some((url) => isBelow(url, info.path));
}

/** A URL covers itself and all below it, with or without `/*` at its end. */
function isBelow(url: string, path: string): boolean {
  if (url === '*' || url === path) return true;
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

function includes(list: readonly string[], item: string): boolean {
  return list.includes(item) || (list.length === 1 && list[0] === '*');
}
