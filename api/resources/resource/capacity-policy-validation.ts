/** How much of a capacity that several requests share one of them may take (KEP-5075). */
import { notPositive, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  scaledValue,
} from '../../meta/quantity.ts';
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from '../../schema/generated/resource-v1.ts';
import { checkSet } from './device-lists.ts';

const maxValues = 10;

/** `isShared` tells of a device that several requests may get; others take no policy. */
export function validateCapacity(
  { value, requestPolicy: policy }: DeviceCapacity,
  { path, isShared }: { readonly path: string; readonly isShared: boolean },
  errors: Errors,
): void {
  if (!policy) return;
  const at = `${path}.requestPolicy`;
  if (isShared) validatePolicy(policy, { path: at, capacity: value ?? '0' }, errors);
  else errors.push(forbiddenField(at, 'allowMultipleAllocations must be true'));
}

interface Bound {
  readonly path: string;
  readonly capacity: string;
}

function validatePolicy(policy: CapacityRequestPolicy, { path, capacity }: Bound, errors: Errors): void {
  const { default: usual, validValues = [], validRange: range } = policy;
  if (validValues.length > 0 && range) {
    const why = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    errors.push(forbiddenField(path, why));
    return;
  }
  const which = validValues.length > 0 ? 'validValues' : range ? 'validRange' : undefined;
  if (!which) return;
  if (usual === undefined) errors.push(required(`${path}.default`, `required when ${which} is defined`));
  else if (range) validateRange(range, usual, { path: `${path}.validRange`, capacity }, errors);
  else validateValues(validValues, usual, { path: `${path}.validValues`, capacity }, errors);
}

function validateValues(values: readonly string[], usual: string, { path, capacity }: Bound, errors: Errors): void {
  for (const [index, value] of values.entries())
    if (index > 0 && compareQuantities(values[index - 1]!, value) > 0) {
      const why = 'values must be sorted in ascending order';
      errors.push(invalidValue(`${path}[${index}]`, canonicalQuantity(value), why));
    }
  let hasUsual = false;
  const keyOf = (value: string): string => String(scaledValue(value, 0));
  checkSet(values, { max: maxValues, path, errors, keyOf }, (value, at) => {
    checkFits(value, { path: at, capacity }, 'option', errors);
    hasUsual ||= compareQuantities(value, usual) === 0;
  });
  if (!hasUsual) {
    const why = 'default value is not valid according to the requestPolicy';
    errors.push(invalidValue(path, canonicalQuantity(usual), why));
  }
}

function checkFits(value: string, { path, capacity }: Bound, what: string, errors: Errors): void {
  if (compareQuantities(value, capacity) <= 0) return;
  const why = `${what} is larger than capacity value: ${canonicalQuantity(capacity)}`;
  errors.push(invalidValue(path, canonicalQuantity(value), why));
}

function validateRange(
  { min, max, step }: CapacityRequestPolicyRange,
  usual: string,
  { path, capacity }: Bound,
  errors: Errors,
): void {
  if (min === undefined) {
    errors.push(required(`${path}.min`, 'required when validRange is defined'));
    return;
  }
  const shown = canonicalQuantity;
  checkFits(min, { path: `${path}.min`, capacity }, 'min', errors);
  if (compareQuantities(usual, min) < 0)
    errors.push(invalidValue(`${path}.min`, shown(usual), `default is less than min: ${shown(min)}`));
  if (max !== undefined) {
    if (compareQuantities(min, max) > 0)
      errors.push(invalidValue(`${path}.max`, shown(min), `min is larger than max: ${shown(max)}`));
    checkFits(max, { path: `${path}.max`, capacity }, 'max', errors);
    if (compareQuantities(usual, max) > 0)
      errors.push(invalidValue(`${path}.max`, shown(usual), `default is more than max: ${shown(max)}`));
  }
  if (step === undefined) return;
  const at = `${path}.step`;
  if (scaledValue(step, 0) <= 0n) {
    errors.push(invalidValue(at, shown(step), notPositive));
    return;
  }
  const first = addQuantities(min, step);
  if (compareQuantities(first, capacity) > 0) {
    const why = `one step ${formatQuantity(first)} is larger than capacity value: ${shown(capacity)}`;
    errors.push(invalidValue(at, shown(step), why));
  }
  for (const value of max === undefined ? [usual] : [usual, max]) {
    if ((scaledValue(value, 0) - scaledValue(min, 0)) % scaledValue(step, 0) === 0n) continue;
    const why = `value is not a multiple of a given step (${shown(step)}) from (${shown(min)})`;
    errors.push(invalidValue(at, shown(value), why));
  }
}
