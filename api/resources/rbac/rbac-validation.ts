import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { selectorIfValid } from '../core/pod-template-validation.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { isDns1123Subdomain, isValidPathSegmentName } from '../../meta/names.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../schema/generated/rbac-v1.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

/**
 * Upstream's `ValidateRole`, whose rules cannot name non-resource URLs. Whether who writes the role may grant them is
 * not asked here.
 */
export function validateRole({ rules }: Role): FieldError[] {
  const errors: Errors = [];
  for (const [index, rule] of (rules ?? []).entries()) validateRule(rule, true, `rules[${index}]`, errors);
  return errors;
}

/**
 * Upstream's `ValidateClusterRole`. A rule is about resources or about non-resource URLs, never both; an aggregation
 * rule needs a selector.
 */
export function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors: Errors = [];
  for (const [index, rule] of (rules ?? []).entries()) validateRule(rule, false, `rules[${index}]`, errors);
  if (!aggregationRule) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0)
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  for (const [index, selector] of selectors.entries()) {
    const at = `${path}[${index}]`;
    validateLabelSelector(selector, at, errors);
    // Upstream shows the selector that could not be made.
    if (!selectorIfValid(selector)) errors.push(invalidValue(at, null, 'invalid label selector.'));
  }
  return errors;
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: string, errors: Errors): void {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  if (!verbs?.length) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs?.length) {
    const at = `${path}.nonResourceURLs`;
    if (namespaced)
      errors.push(invalidValue(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups?.length || resources?.length || resourceNames?.length) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      errors.push(invalidValue(at, nonResourceURLs, why));
    }
    return;
  }
  if (!apiGroups?.length)
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  if (!resources?.length)
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
}

/**
 * Upstream's `ValidateRoleBinding`, after defaults: of a Role or a ClusterRole, which need not exist. A ServiceAccount
 * need not name its namespace.
 */
export function validateRoleBinding({ roleRef, subjects }: RoleBinding): FieldError[] {
  const errors: Errors = [];
  validateRoleRef(roleRef, ['Role', 'ClusterRole'], errors);
  for (const [index, subject] of (subjects ?? []).entries())
    validateSubject(subject, true, `subjects[${index}]`, errors);
  return errors;
}

/**
 * Upstream's `ValidateClusterRoleBinding`, after defaults: of a ClusterRole, which need not exist. A ServiceAccount
 * must name its namespace.
 */
export function validateClusterRoleBinding({ roleRef, subjects }: ClusterRoleBinding): FieldError[] {
  const errors: Errors = [];
  validateRoleRef(roleRef, ['ClusterRole'], errors);
  for (const [index, subject] of (subjects ?? []).entries())
    validateSubject(subject, false, `subjects[${index}]`, errors);
  return errors;
}

function validateRoleRef({ apiGroup, kind, name }: RoleRef, kinds: readonly string[], errors: Errors): void {
  if (apiGroup !== rbacGroup) errors.push(unsupported('roleRef.apiGroup', apiGroup ?? '', [rbacGroup]));
  if (!kinds.includes(kind)) errors.push(unsupported('roleRef.kind', kind ?? '', kinds));
  if (!name) errors.push(required('roleRef.name'));
  else addInvalid(isValidPathSegmentName(name), 'roleRef.name', name, errors);
}

function validateSubject(subject: Subject, namespaced: boolean, path: string, errors: Errors): void {
  const { kind, name, apiGroup = '', namespace } = subject;
  if (!name) errors.push(required(`${path}.name`));
  switch (kind) {
    case 'ServiceAccount':
      if (name) addInvalid(isDns1123Subdomain(name), `${path}.name`, name, errors);
      if (apiGroup) errors.push(unsupported(`${path}.apiGroup`, apiGroup, ['']));
      if (!namespaced && !namespace) errors.push(required(`${path}.namespace`));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(unsupported(`${path}.apiGroup`, apiGroup, [rbacGroup]));
      break;
    default:
      errors.push(unsupported(`${path}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']));
  }
}

/** A binding that pointed to another role would be another binding. */
function checkRoleRef(
  { roleRef: next }: { roleRef: RoleRef },
  { roleRef: old }: { roleRef: RoleRef },
  errors: Errors,
): void {
  if (next.apiGroup === old.apiGroup && next.kind === old.kind && next.name === old.name) return;
  // As upstream's message shows it: its internal type.
  const shown = { APIGroup: next.apiGroup ?? '', Kind: next.kind ?? '', Name: next.name ?? '' };
  errors.push(invalidValue('roleRef', shown, 'cannot change roleRef'));
}

/** What `validateRoleBinding` says of `next`, and then that `roleRef` may not change. */
export function validateRoleBindingUpdate(next: RoleBinding, old: RoleBinding): FieldError[] {
  const errors = validateRoleBinding(next);
  checkRoleRef(next, old, errors);
  return errors;
}

/** What `validateClusterRoleBinding` says of `next`, and then that `roleRef` may not change. */
export function validateClusterRoleBindingUpdate(next: ClusterRoleBinding, old: ClusterRoleBinding): FieldError[] {
  const errors = validateClusterRoleBinding(next);
  checkRoleRef(next, old, errors);
  return errors;
}
