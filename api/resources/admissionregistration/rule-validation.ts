import { admissionEnvironment } from '../../cel/cel-environments.ts';
import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, invalidValue, required, tooMany } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { isQualifiedName, isValidPathSegmentName } from '../../meta/names.ts';
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '../../schema/generated/admissionregistration-v1.ts';
import { validateExpression } from './expression-validation.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const matchPolicies = ['Equivalent', 'Exact'];
const maxMatchConditions = 64;

export const failurePolicies = ['Fail', 'Ignore'];

/** Which requests a webhook or a policy is asked about. */
export function validateRule(rule: RuleWithOperations, path: string, errors: Errors): void {
  const { apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const given = rule.operations ?? [];
  checkWildcard(given, 'operations', `${path}.operations`, errors);
  for (const [index, operation] of given.entries())
    if (!operations.includes(operation))
      errors.push(unsupported(`${path}.operations[${index}]`, operation, operations));
  checkWildcard(apiGroups, 'API groups', `${path}.apiGroups`, errors);
  checkWildcard(apiVersions, 'API versions', `${path}.apiVersions`, errors);
  for (const [index, version] of apiVersions.entries())
    if (!version) errors.push(required(`${path}.apiVersions[${index}]`));
  validateResources(resources, `${path}.resources`, errors);
  if (scope !== undefined && !scopes.includes(scope)) errors.push(unsupported(`${path}.scope`, scope, scopes));
}

function checkWildcard(list: readonly string[], what: string, path: string, errors: Errors): void {
  if (list.length === 0) errors.push(required(path));
  if (list.length > 1 && list.includes('*'))
    errors.push(invalidValue(path, list, `if '*' is present, must not specify other ${what}`));
}

function validateResources(resources: readonly string[], path: string, errors: Errors): void {
  if (resources.length === 0) errors.push(required(path));
  const anySubresourceOf = new Set<string>();
  const subresourceOfAny = new Set<string>();
  let hasPlain = false;
  for (const [index, text] of resources.entries()) {
    const at = `${path}[${index}]`;
    if (!text) {
      errors.push(required(at));
      continue;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      // The last of them decides, as upstream's loop has it.
      hasPlain = text !== '*';
      continue;
    }
    const resource = text.slice(0, slash);
    const subresource = text.slice(slash + 1);
    if (anySubresourceOf.has(resource))
      errors.push(invalidValue(at, text, `if '${resource}/*' is present, must not specify ${text}`));
    if (subresourceOfAny.has(subresource))
      errors.push(invalidValue(at, text, `if '*/${subresource}' is present, must not specify ${text}`));
    if (subresource === '*') anySubresourceOf.add(resource);
    if (resource === '*') subresourceOfAny.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && hasPlain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidValue(path, resources, why));
  }
}

/** What an admission policy or its binding matches. */
export function validateMatchResources(match: MatchResources, path: string, errors: Errors): void {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  if (matchPolicy === undefined) errors.push(required(`${path}.matchPolicy`));
  else if (!matchPolicies.includes(matchPolicy))
    errors.push(unsupported(`${path}.matchPolicy`, matchPolicy, matchPolicies));
  if (namespaceSelector) validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  else errors.push(required(`${path}.namespaceSelector`));
  if (objectSelector) validateLabelSelector(objectSelector, `${path}.objectSelector`, errors);
  else errors.push(required(`${path}.objectSelector`));
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [index, rule] of (match[list] ?? []).entries())
      validateNamedRule(rule, `${path}.${list}[${index}]`, errors);
  }
}

function validateNamedRule(rule: NamedRuleWithOperations, path: string, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, name] of (rule.resourceNames ?? []).entries()) {
    const at = `${path}.resourceNames[${index}]`;
    addInvalid(isValidPathSegmentName(name), at, name, errors);
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
  }
  validateRule(rule, path, errors);
}

/** Conditions in CEL. What the expressions say is for who runs them to compile. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  errors: Errors,
  hasParams = false,
): void {
  const given = conditions ?? [];
  if (given.length > maxMatchConditions) errors.push(tooMany(path, given.length, maxMatchConditions));
  const seen = new Set<string>();
  for (const [index, { name, expression }] of given.entries()) {
    const at = `${path}[${index}]`;
    const source = expression?.trim();
    if (!source) errors.push(required(`${at}.expression`));
    else {
      const environment = admissionEnvironment({ hasParams, hasAuthorizer: true });
      validateExpression(environment, source, ['bool'], `${at}.expression`, errors);
    }
    if (!name) errors.push(required(`${at}.name`));
    else {
      addInvalid(isQualifiedName(name), `${at}.name`, name, errors);
      if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
      seen.add(name);
    }
  }
}

/** A webhook's match policy, which may be absent; a policy's may not, and `validateMatchResources` checks it. */
export function checkMatchPolicy(policy: string | undefined, field: string, errors: Errors): void {
  if (policy !== undefined && !matchPolicies.includes(policy)) errors.push(unsupported(field, policy, matchPolicies));
}
