import { semanticEqual } from '../../meta/equality.ts';
import { addInvalid, checkSubdomain, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../meta/names.ts';
import type {
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../schema/generated/flowcontrol-v1.ts';
import { internalFlowSchemaSpec } from './internal-spec.ts';

const maxPrecedence = 10_000;
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

/**
 * Upstream's `ValidateFlowSchema`, after defaults. `exempt` and `catch-all` must keep the specs that every server has.
 * Whether the priority level exists is not asked.
 */
export function validateFlowSchema({ metadata, spec }: FlowSchema): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  const precedence = spec.matchingPrecedence ?? 0;
  const at = 'spec.matchingPrecedence';
  if (precedence <= 0) errors.push(invalidValue(at, precedence, 'must be a positive value'));
  if (precedence > maxPrecedence)
    errors.push(invalidValue(at, precedence, `must not be greater than ${maxPrecedence}`));
  if (precedence === 1 && metadata.name !== 'exempt')
    errors.push(invalidValue(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  const method = spec.distinguisherMethod?.type;
  const methods = ['ByNamespace', 'ByUser'];
  if (method !== undefined && !methods.includes(method))
    errors.push(unsupported('spec.distinguisherMethod.type', { Type: method }, methods));
  const level = spec.priorityLevelConfiguration.name;
  const levelField = 'spec.priorityLevelConfiguration.name';
  if (level) addInvalid(isDns1123Subdomain(level), levelField, level, errors);
  else errors.push(required(levelField, 'must reference a priority level'));
  for (const [index, rules] of (spec.rules ?? []).entries()) validateRules(rules, `spec.rules[${index}]`, errors);
  checkMandatory(metadata.name ?? '', spec, errors);
  return errors;
}

const everything = (...groups: string[]): PolicyRulesWithSubjects => ({
  subjects: groups.map((name) => ({ kind: 'Group', group: { name } })),
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});

/** Without these a server could lock its administrators out, so they stay as they are. */
const mandatory: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: {
    priorityLevelConfiguration: { name: 'exempt' },
    matchingPrecedence: 1,
    rules: [everything('system:masters')],
  },
  'catch-all': {
    priorityLevelConfiguration: { name: 'catch-all' },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: 'ByUser' },
    rules: [everything('system:unauthenticated', 'system:authenticated')],
  },
};

function checkMandatory(name: string, spec: FlowSchemaSpec, errors: Errors): void {
  if (Object.hasOwn(mandatory, name) && !semanticEqual(spec, mandatory[name]))
    errors.push(invalidValue('spec', internalFlowSchemaSpec(spec), `spec of '${name}' must equal the fixed value`));
}

function validateRules(rules: PolicyRulesWithSubjects, path: string, errors: Errors): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rules;
  if (subjects.length === 0) errors.push(required(`${path}.subjects`, 'subjects must contain at least one value'));
  for (const [index, subject] of subjects.entries()) validateSubject(subject, `${path}.subjects[${index}]`, errors);
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  for (const [index, rule] of resourceRules.entries())
    validateResourceRule(rule, `${path}.resourceRules[${index}]`, errors);
  for (const [index, rule] of nonResourceRules.entries())
    validateNonResourceRule(rule, `${path}.nonResourceRules[${index}]`, errors);
}

/** The field that each kind of subject is told by; none of the others may be there. */
const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
/** In the order in which upstream finds them where they should not be. */
const checkedFields = ['ServiceAccount', 'User', 'Group'] as const;

function validateSubject(subject: Subject, path: string, errors: Errors): void {
  const { kind } = subject;
  const own = subjectFields[kind as keyof typeof subjectFields];
  if (!own) {
    errors.push(unsupported(`${path}.kind`, kind ?? '', Object.keys(subjectFields)));
    return;
  }
  const { user, group, serviceAccount } = subject;
  if (kind === 'ServiceAccount' && serviceAccount) {
    const { name, namespace } = serviceAccount;
    if (!name) errors.push(required(`${path}.serviceAccount.name`));
    else if (name !== '*') checkSubdomain(name, `${path}.serviceAccount.name`, errors);
    if (!namespace)
      errors.push(required(`${path}.serviceAccount.namespace`, 'must specify namespace for service account'));
    else addInvalid(isDns1123Label(namespace), `${path}.serviceAccount.namespace`, namespace, errors);
  }
  if (kind === 'User' && user && !user.name) errors.push(required(`${path}.user.name`));
  if (kind === 'Group' && group && !group.name) errors.push(required(`${path}.group.name`));
  if (!subject[own]) errors.push(required(`${path}.${own}`, `${own} is required when subject kind is '${kind}'`));
  for (const otherKind of checkedFields) {
    const field = subjectFields[otherKind];
    if (field !== own && subject[field])
      errors.push(forbiddenField(`${path}.${field}`, `${field} is forbidden when subject kind is not '${otherKind}'`));
  }
}

function validateVerbs(given: readonly string[] | undefined, path: string, errors: Errors): void {
  if (!given?.length) {
    errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
    return;
  }
  if (given.includes('*')) {
    if (given.length > 1)
      errors.push(invalidValue(`${path}.verbs`, given, "if '*' is present, must not specify other verbs"));
  } else if (!given.every((verb) => verbs.includes(verb))) {
    // Upstream shows the whole list, among the verbs that there are.
    errors.push(unsupported(`${path}.verbs`, given, verbs));
  }
}

function validateList(
  given: readonly string[] | undefined,
  what: string,
  whenNone: string,
  path: string,
  errors: Errors,
): void {
  if (!given?.length) errors.push(required(path, whenNone));
  else if (given.includes('*') && given.length > 1)
    errors.push(invalidValue(path, given, `if '*' is present, must not specify other ${what}`));
}

function validateResourceRule(rule: ResourcePolicyRule, path: string, errors: Errors): void {
  validateVerbs(rule.verbs, path, errors);
  const groups = 'resource rules must supply at least one api group';
  validateList(rule.apiGroups, 'api groups', groups, `${path}.apiGroups`, errors);
  const resources = 'resource rules must supply at least one resource';
  validateList(rule.resources, 'resources', resources, `${path}.resources`, errors);
  const namespaces = rule.namespaces ?? [];
  if (namespaces.length === 0 && !rule.clusterScope)
    errors.push(
      required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'),
    );
  else if (namespaces.includes('*')) {
    if (namespaces.length > 1)
      errors.push(
        invalidValue(`${path}.namespaces`, namespaces, "if '*' is present, must not specify other namespaces"),
      );
  } else {
    for (const [index, namespace] of namespaces.entries())
      for (const why of isDns1123Label(namespace)) {
        const intro = "each member of this list must be '*' or a DNS-1123 label; ";
        errors.push(invalidValue(`${path}.namespaces[${index}]`, namespace, intro + why));
      }
  }
}

function validateNonResourceRule(
  { verbs: given, nonResourceURLs = [] }: NonResourcePolicyRule,
  path: string,
  errors: Errors,
): void {
  validateVerbs(given, path, errors);
  const at = `${path}.nonResourceURLs`;
  if (nonResourceURLs.length === 0) errors.push(required(at, 'nonResourceURLs must contain at least one value'));
  else if (nonResourceURLs.includes('*')) {
    if (nonResourceURLs.length > 1)
      errors.push(invalidValue(at, nonResourceURLs, "if '*' is present, must not specify other non-resource URLs"));
  } else {
    for (const [index, url] of nonResourceURLs.entries()) {
      const why = whyNoUrl(url);
      if (why) errors.push(invalidValue(`${at}[${index}]`, url, why));
    }
  }
}

function whyNoUrl(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const star = url.indexOf('*');
  return star < 0 || (star === url.length - 1 && url.endsWith('/*'))
    ? undefined
    : 'wildcard can only do suffix matching';
}
