import { immutable, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ScopedResourceSelectorRequirement,
} from '../../schema/generated/core-v1.ts';
import { isHugePagesResource, isStandardResource } from './resource-names.ts';
import { validateResourceName, validateResourceQuantity } from './resource-validation.ts';

const scopes = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
];
const computeResources = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const storageResources = ['persistentvolumeclaims', 'requests.storage'];
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/**
 * Every cause in spec and status: resources that a quota can limit, and scopes that apply to them. Errors of scopes
 * name the list and not an index, as upstream's do.
 */
export function validateResourceQuota({ spec = {}, status = {} }: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  validateHard(spec.hard, 'spec.hard', errors);
  if (spec.scopes?.length) validateScopes(spec.scopes, spec, 'spec.scopes', errors);
  if (spec.scopeSelector) validateScopeSelector(spec, errors);
  validateHard(status.hard, 'status.hard', errors);
  validateHard(status.used, 'status.used', errors);
  return errors;
}

function validateHard(hard: Readonly<Record<string, string>> | undefined, path: string, errors: Errors): void {
  for (const name in hard) {
    const at = `${path}[${name}]`;
    validateQuotaName(name, at, errors);
    validateResourceQuantity(name, hard[name]!, at, errors);
  }
}

function validateQuotaName(name: string, path: string, errors: Errors): void {
  validateResourceName(name, path, errors);
  if (!name.includes('/') && !isQuotaResource(name))
    errors.push(invalidValue(path, name, 'must be a standard resource for quota'));
}

/** `count/pods` and the like carry a slash and are checked by name only. */
function isQuotaResource(name: string): boolean {
  return (
    name !== 'storage' && isStandardResource(name) && (!isHugePagesResource(name) || name.length > 'hugepages-'.length)
  );
}

function applies(scope: string, resource: string): boolean {
  switch (scope) {
    case 'BestEffort':
      return resource === 'pods';
    case 'VolumeAttributesClass':
      return storageResources.includes(resource);
    default:
      return !scopes.includes(scope) || resource === 'pods' || computeResources.includes(resource);
  }
}

function validateScopes(given: readonly string[], { hard }: ResourceQuotaSpec, path: string, errors: Errors): void {
  for (const scope of given) {
    if (!scopes.includes(scope)) errors.push(invalidValue(path, given, 'unsupported scope'));
    for (const resource in hard) {
      if (isQuotaResource(resource) && !applies(scope, resource))
        errors.push(invalidValue(path, given, 'unsupported scope applied to resource'));
    }
  }
  for (const pair of exclusive) {
    if (pair.every((scope) => given.includes(scope))) errors.push(invalidValue(path, given, 'conflicting scopes'));
  }
}

function validateScopeSelector({ hard, scopes: given, scopeSelector }: ResourceQuotaSpec, errors: Errors): void {
  const path = 'spec.scopeSelector.matchExpressions';
  const requirements = scopeSelector?.matchExpressions ?? [];
  for (const requirement of requirements) {
    const { scopeName } = requirement;
    if (!scopes.includes(scopeName))
      errors.push(invalidValue(`${path}.scopeName`, scopeName ?? '', 'unsupported scope'));
    for (const resource in hard) {
      if (isQuotaResource(resource) && !applies(scopeName, resource))
        errors.push(invalidValue(path, internalSelector(requirements), 'unsupported scope applied to resource'));
    }
    validateRequirement(requirement, path, errors);
  }
  const names = requirements.map(({ scopeName }) => scopeName);
  for (const pair of exclusive) {
    if (pair.every((scope) => names.includes(scope)))
      errors.push(invalidValue(path, given ?? null, 'conflicting scopes'));
  }
}

/** As upstream's message shows it: its internal type. */
function internalSelector(requirements: readonly ScopedResourceSelectorRequirement[]): unknown {
  const MatchExpressions = requirements.map(({ scopeName, operator, values }) => ({
    ScopeName: scopeName ?? '',
    Operator: operator ?? '',
    Values: values ?? null,
  }));
  return { MatchExpressions };
}

const onlyExists =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateRequirement(
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  path: string,
  errors: Errors,
): void {
  const hasValues = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass';
  if (!hasValues && scopes.includes(scopeName) && operator !== 'Exists')
    errors.push(invalidValue(`${path}.operator`, operator ?? '', onlyExists));
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        const why = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
        errors.push(required(`${path}.values`, why));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const why = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        errors.push(invalidValue(`${path}.values`, values, why));
      }
      break;
    default:
      errors.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  }
}

/** All that is wrong with the quota, then a change of `spec.scopes`, in any order. `scopeSelector` may change. */
export function validateResourceQuotaUpdate(next: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors = validateResourceQuota(next);
  const now = new Set(next.spec?.scopes);
  const before = new Set(old.spec?.scopes);
  if (now.symmetricDifference(before).size > 0) errors.push(invalidValue('spec.scopes', next.spec?.scopes, immutable));
  return errors;
}

/** Names and quantities of the status; more may be used than is allowed, which is what a lowered quota looks like. */
export function validateResourceQuotaStatusUpdate({ status = {} }: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  validateHard(status.hard, 'status.hard', errors);
  validateHard(status.used, 'status.used', errors);
  return errors;
}
