import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isValidPortNumber } from '../../meta/names.ts';
import type { APIService } from '../../schema/generated/apiregistration-v1.ts';

const maxGroupPriority = 20_000;
const maxVersionPriority = 1000;

/**
 * Upstream's `ValidateAPIService`, after defaults. The object is named `version.group`; one without a service is local,
 * and may have no settings of TLS.
 */
export function validateAPIService({ metadata, spec }: APIService): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  const { group = '', version = '', service, caBundle, insecureSkipTLSVerify } = spec;
  const name = `${version}.${group}`;
  if (metadata.name && metadata.name !== name)
    errors.push(invalidValue('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: "${name}"`));
  if (!group && version !== 'v1')
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group) addInvalid(isDns1123Subdomain(group), 'spec.group', group, errors);
  addInvalid(isDns1035Label(version), 'spec.version', version, errors);
  checkPriority(spec.groupPriorityMinimum, maxGroupPriority, 'spec.groupPriorityMinimum', errors);
  checkPriority(spec.versionPriority, maxVersionPriority, 'spec.versionPriority', errors);
  if (!service) {
    if (caBundle) {
      const shown = `${Buffer.from(caBundle, 'base64').length} bytes`;
      errors.push(invalidValue('spec.caBundle', shown, 'local APIServices may not have a caBundle'));
    }
    if (insecureSkipTLSVerify) {
      const why = 'local APIServices may not have insecureSkipTLSVerify';
      errors.push(invalidValue('spec.insecureSkipTLSVerify', true, why));
    }
    return errors;
  }
  if (!service.namespace) errors.push(required('spec.service.namespace'));
  if (!service.name) errors.push(required('spec.service.name'));
  for (const why of isValidPortNumber(service.port ?? 0))
    errors.push(invalidValue('spec.service.port', service.port ?? 0, `port is not valid: ${why}`));
  if (insecureSkipTLSVerify && caBundle)
    errors.push(invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return errors;
}

const conditionStatuses = ['True', 'False', 'Unknown'];

/** Upstream's `ValidateAPIServiceStatusUpdate`: of conditions only their `status` is looked at. */
export function validateAPIServiceStatusUpdate({ status }: APIService): FieldError[] {
  const errors: Errors = [];
  for (const [index, condition] of (status?.conditions ?? []).entries()) {
    const value = condition.status ?? '';
    if (!conditionStatuses.includes(value))
      errors.push(unsupported(`status.conditions[${index}].status`, value, conditionStatuses));
  }
  return errors;
}

function checkPriority(priority: number, max: number, field: string, errors: Errors): void {
  if (priority <= 0 || priority > max)
    errors.push(invalidValue(field, priority, `must be positive and less than ${max}`));
}
