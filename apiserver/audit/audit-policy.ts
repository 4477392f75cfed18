import type { FieldError } from '../../api/meta/field-error.ts';
import { invalidValue, notSupported, required } from '../../api/meta/field-error.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { RequestInfo } from '../stages/request-info.ts';
import { auditLevels, auditStages, type AuditLevel, type AuditStage } from './audit-event.ts';
import { isJsonObject } from '../../api/meta/json-object.ts';

interface GroupResources {
  readonly group?: string;
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface PolicyRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** `audit.k8s.io/v1` Policy. */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[];
  readonly omitStages?: readonly AuditStage[];
  readonly omitManagedFields?: boolean;
}

/** What a policy says of one request. */
export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

export type AuditSubject = Pick<
  RequestInfo,
  'verb' | 'isResource' | 'path' | 'group' | 'resource' | 'subresource' | 'namespace' | 'name'
>;

export type AuditPolicyEvaluator = (
  subject: AuditSubject,
  user: Pick<User, 'name' | 'groups'> | undefined,
) => AuditDecision;

/**
 * The first rule that matches decides; nothing is written where none does. `user` is undefined for who could not be
 * authenticated, whom rules for users never match.
 * https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
 */
export function createAuditPolicy(policy: AuditPolicy): AuditPolicyEvaluator {
  const decisions = policy.rules.map((rule) => ({
    rule,
    decision: {
      level: rule.level,
      omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
    },
  }));
  const otherwise: AuditDecision = {
    level: 'None',
    omitStages: new Set(policy.omitStages),
    omitManagedFields: policy.omitManagedFields ?? false,
  };
  return (subject, user) => decisions.find(({ rule }) => ruleMatches(rule, subject, user))?.decision ?? otherwise;
}

function ruleMatches(
  rule: PolicyRule,
  subject: AuditSubject,
  user: Pick<User, 'name' | 'groups'> | undefined,
): boolean {
  if (rule.users?.length && (!user || !rule.users.includes(user.name))) return false;
  if (rule.userGroups?.length && !rule.userGroups.some((group) => user?.groups.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(subject.verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length) return resourceMatches(rule, subject);
  if (rule.nonResourceURLs?.length)
    return !subject.isResource && rule.nonResourceURLs.some((url) => urlMatches(url, subject.path));
  return true;
}

function urlMatches(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function resourceMatches(rule: PolicyRule, subject: AuditSubject): boolean {
  if (!subject.isResource) return false;
  // The empty string stands for what has no namespace.
  if (rule.namespaces?.length && !rule.namespaces.includes(subject.namespace)) return false;
  if (!rule.resources?.length) return true;
  return rule.resources.some(({ group = '', resources = [], resourceNames = [] }) => {
    if (group !== subject.group) return false;
    if (resources.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(subject.name)) return false;
    return resources.some((resource) => nameMatches(resource, subject));
  });
}

// `pods` is the resource alone, `pods/log` one subresource, `pods/*` all of them, `*/scale` that of every resource.
function nameMatches(wanted: string, { resource, subresource }: AuditSubject): boolean {
  if (wanted === '*' || wanted === (subresource ? `${resource}/${subresource}` : resource)) return true;
  if (subresource !== '' && wanted === `*/${subresource}`) return true;
  return wanted === `${resource}/*`;
}

const policyFields = ['omitStages', 'omitManagedFields', 'rules', 'metadata', 'kind', 'apiVersion'];
const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
];
const resourceFields = ['group', 'resources', 'resourceNames'];

/** All that is wrong with a document as a policy, in upstream's words; none means that it is one. */
export function validateAuditPolicy(document: unknown): string[] {
  if (!isJsonObject(document)) return ['the policy is no object'];
  const { kind, apiVersion, rules } = document;
  if (kind !== 'Policy' || apiVersion !== 'audit.k8s.io/v1')
    return [`no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')}`];
  if (rules !== undefined && !isListOf(rules, isJsonObject)) return ['rules: expected a list of rules'];
  if (!rules?.length) return ['loaded illegal policy with 0 rules'];
  return [
    ...stageErrors(document['omitStages'], 'omitStages').map(String),
    ...rules.flatMap((rule, i) => validateRule(rule, `rules[${i}]`)),
  ];
}

/** Fields that no policy has: a typing error, most likely. They are passed over, as upstream does. */
export function unknownPolicyFields(document: unknown): string[] {
  if (!isJsonObject(document)) return [];
  const rules = isListOf(document['rules'], isJsonObject) ? document['rules'] : [];
  return [
    ...unknownFields(document, policyFields, ''),
    ...rules.flatMap((rule, i) => {
      const resources = isListOf(rule['resources'], isJsonObject) ? rule['resources'] : [];
      return [
        ...unknownFields(rule, ruleFields, `rules[${i}].`),
        ...resources.flatMap((group, j) => unknownFields(group, resourceFields, `rules[${i}].resources[${j}].`)),
      ];
    }),
  ];
}

function validateRule(rule: Record<string, unknown>, path: string): string[] {
  const shape = [
    ...['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs'].flatMap((name) =>
      rule[name] === undefined || isListOf(rule[name], isString) ? [] : [`${path}.${name}: expected a list of strings`],
    ),
    ...(rule['resources'] === undefined || isListOf(rule['resources'], isJsonObject)
      ? []
      : [`${path}.resources: expected a list of groups with their resources`]),
  ];
  if (shape.length) return shape;
  const { level, resources, namespaces, nonResourceURLs } = rule as Partial<PolicyRule>;
  const errors: FieldError[] = [...stageErrors(rule['omitStages'], `${path}.omitStages`)];
  if (!level) errors.push(required(`${path}.level`));
  else if (!auditLevels.includes(level)) errors.push(notSupported(`${path}.level`, level, [...auditLevels].sort()));
  if (nonResourceURLs?.length && (resources?.length || namespaces?.length))
    errors.push(invalidValue(`${path}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')); // prettier-ignore
  nonResourceURLs?.forEach((url, i) => errors.push(...urlErrors(url, `${path}.nonResourceURLs[${i}]`)));
  resources?.forEach((group, i) => errors.push(...groupErrors(group, `${path}.resources[${i}]`)));
  return errors.map(String);
}

function urlErrors(url: string, path: string): FieldError[] {
  if (url === '*') return [];
  const errors = url.startsWith('/') ? [] : [invalidValue(path, url, 'non-resource URL rules must begin with a \'/\' character')]; // prettier-ignore
  if (url.slice(0, -1).includes('*'))
    errors.push(invalidValue(path, url, "non-resource URL wildcards '*' must be the final character of the rule"));
  return errors;
}

function groupErrors({ group = '', resources = [], resourceNames = [] }: GroupResources, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (group.includes('/')) errors.push(invalidValue(`${path}.group`, group, 'group cannot be in version form: must not contain \'/\'')); // prettier-ignore
  if (resourceNames.length > 0 && resources.length === 0)
    errors.push(invalidValue(`${path}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource')); // prettier-ignore
  return errors;
}

function stageErrors(stages: unknown, path: string): FieldError[] {
  if (stages === undefined || stages === null) return [];
  if (!isListOf(stages, isString)) return [invalidValue(path, stages, 'expected a list of stages')];
  return stages.flatMap((stage, i) =>
    (auditStages as readonly string[]).includes(stage)
      ? []
      : [invalidValue(`${path}[${i}]`, stage, `allowed stages are ${auditStages.join(',')}`)],
  );
}

function unknownFields(value: Record<string, unknown>, known: readonly string[], prefix: string): string[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => `unknown field "${prefix}${name}"`);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isListOf<T>(value: unknown, check: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(check);
}
