import { checkImmutable, checkQualifiedName, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, FieldError, invalidValue, required, tooLong } from '../../meta/field-error.ts';
import { sortedMap } from '../../meta/label-validation.ts';
import type { TopologySelectorTerm } from '../../schema/generated/core-v1.ts';
import type { StorageClass } from '../../schema/generated/storage-v1.ts';

const reclaimPolicies = ['Delete', 'Retain'];
const bindingModes = ['Immediate', 'WaitForFirstConsumer'];
const maxParameters = 512;
const parametersMaxBytes = 256 * 1024;

/** Upstream's `ValidateStorageClass`, after defaults: it requires a binding mode. What parameters mean is not asked. */
export function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const errors: Errors = [];
  checkProvisioner(storageClass.provisioner, 'provisioner', errors);
  checkParameters(storageClass.parameters, true, errors);
  const { reclaimPolicy, volumeBindingMode } = storageClass;
  if (reclaimPolicy && !reclaimPolicies.includes(reclaimPolicy))
    errors.push(unsupported('reclaimPolicy', reclaimPolicy, reclaimPolicies));
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else if (!bindingModes.includes(volumeBindingMode))
    errors.push(unsupported('volumeBindingMode', volumeBindingMode, bindingModes));
  validateTopologies(storageClass.allowedTopologies ?? [], errors);
  return errors;
}

/** The name of what makes volumes: a driver's. */
export function checkProvisioner(provisioner: string | undefined, field: string, errors: Errors): void {
  if (!provisioner) errors.push(required(field));
  else checkQualifiedName(provisioner.toLowerCase(), field, errors);
}

/** Parameters of a class, which mean something only to the driver. */
export function checkParameters(
  parameters: Readonly<Record<string, string>> | undefined,
  mayBeEmpty: boolean,
  errors: Errors,
): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > maxParameters) {
    const why = `may not be more than ${maxParameters} bytes`;
    errors.push(new FieldError('FieldValueTooLong', 'Provisioner Parameters exceeded max allowed', '', why));
    return;
  }
  let bytes = 0;
  for (const [key, value] of entries) {
    if (!key) errors.push(invalidValue('parameters', key, 'field can not be empty.'));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > parametersMaxBytes) errors.push(tooLong('parameters', parametersMaxBytes));
  if (!mayBeEmpty && entries.length === 0)
    errors.push(required('parameters', 'must contain at least one key/value pair'));
}

function validateTopologies(terms: readonly TopologySelectorTerm[], errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { matchLabelExpressions = [] }] of terms.entries()) {
    const path = `allowedTopologies[${index}].matchLabelExpressions`;
    const keys = new Set<string>();
    for (const [e, { key = '', values = [] }] of matchLabelExpressions.entries()) {
      const at = `${path}[${e}]`;
      if (values.length === 0) errors.push(required(`${at}.values`));
      const taken = new Set<string>();
      for (const [v, value] of values.entries()) {
        if (taken.has(value)) errors.push(duplicate(`${at}.values[${v}]`, value));
        taken.add(value);
      }
      checkQualifiedName(key, `${at}.key`, errors);
      if (keys.has(key)) errors.push(duplicate(`${at}.key`, key));
      keys.add(key);
    }
    const term = JSON.stringify(matchLabelExpressions.map(({ key, values = [] }) => [key, [...values].sort()]).sort());
    if (seen.has(term)) errors.push(duplicate(path, ''));
    seen.add(term);
  }
}

/**
 * What `validateStorageClass` says of `next`, and then that parameters, provisioner, reclaim policy and binding mode
 * may not change; the rest may.
 */
export function validateStorageClassUpdate(next: StorageClass, old: StorageClass): FieldError[] {
  const errors = validateStorageClass(next);
  checkImmutable(sortedMap(next.parameters), old.parameters, 'parameters', errors);
  checkImmutable(next.provisioner, old.provisioner, 'provisioner', errors);
  checkImmutable(next.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy', errors);
  checkImmutable(next.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode', errors);
  return errors;
}
