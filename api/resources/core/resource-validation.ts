import { addInvalid, checkLabel, checkQuantityNotNegative, type Errors } from '../../meta/field-checks.ts';
import { duplicate, FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { isQualifiedName } from '../../meta/names.ts';
import { compareQuantities, parseQuantity, scaledValue } from '../../meta/quantity.ts';
import type { ResourceClaim, ResourceRequirements } from '../../schema/generated/core-v1.ts';
import {
  isExtendedResource,
  isHugePagesResource,
  isIntegerResource,
  isNativeResource,
  isOvercommitAllowed,
  isStandardContainerResource,
  isStandardResource,
} from './resource-names.ts';

/** A name of any resource: well formed, and standard where it has no domain. False where it is not. */
export function validateResourceName(name: string, path: string, errors: Errors): boolean {
  const before = errors.length;
  addInvalid(isQualifiedName(name), path, name, errors);
  if (errors.length === before && !name.includes('/') && !isStandardResource(name))
    errors.push(invalidValue(path, name, 'must be a standard resource type or fully qualified'));
  return errors.length === before;
}

/** As validateResourceName, of what a container may ask for. */
export function validateContainerResourceName(name: string, path: string, errors: Errors): void {
  if (isStandardContainerResource(name) && !isHugePagesResource(name)) return;
  validateResourceName(name, path, errors);
  if (!name.includes('/')) {
    if (!isStandardContainerResource(name))
      errors.push(invalidValue(path, name, 'must be a standard resource for containers'));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(invalidValue(path, name, "doesn't follow extended resource name standard"));
  }
}

/** Not negative, and whole where the resource cannot be divided. */
export function validateResourceQuantity(name: string, quantity: string, path: string, errors: Errors): void {
  checkQuantityNotNegative(quantity, path, errors);
  if (isIntegerResource(name) && !isWhole(quantity)) errors.push(invalidValue(path, quantity, 'must be an integer'));
}

function isWhole(quantity: string): boolean {
  const { digits, scale } = parseQuantity(quantity);
  return digits % 10n ** BigInt(scale) === 0n;
}

/** The resources of a container; `claimNames` are the resource claims of its pod. */
export function validateResourceRequirements(
  resources: ResourceRequirements | undefined,
  claimNames: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  if (!resources) return;
  const { limits, requests } = resources;
  let hasHugePages = false;
  let hasCpuOrMemory = false;
  for (const name in limits) {
    const quantity = limits[name]!;
    const at = `${path}.limits[${name}]`;
    validateContainerResourceName(name, at, errors);
    validateResourceQuantity(name, quantity, at, errors);
    if (isHugePagesResource(name)) {
      hasHugePages = true;
      validateHugePages(name, quantity, at, errors);
    } else if (name === 'cpu' || name === 'memory') hasCpuOrMemory = true;
  }
  for (const name in requests) {
    const quantity = requests[name]!;
    const at = `${path}.requests[${name}]`;
    validateContainerResourceName(name, at, errors);
    validateResourceQuantity(name, quantity, at, errors);
    validateRequestAgainstLimit(name, quantity, limits?.[name], path, errors);
    if (isHugePagesResource(name)) {
      hasHugePages = true;
      validateHugePages(name, quantity, at, errors);
    } else if (name === 'cpu' || name === 'memory') hasCpuOrMemory = true;
  }
  if (hasHugePages && !hasCpuOrMemory) errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  if (resources.claims) validateClaimNames(resources.claims, claimNames, `${path}.claims`, errors);
}

/** A request is at most the limit, and the same where no more than what is requested can be had. */
export function validateRequestAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  path: string,
  errors: Errors,
): void {
  if (limit === undefined) {
    if (!isOvercommitAllowed(name))
      errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    return;
  }
  const order = compareQuantities(request, limit);
  if (order !== 0 && !isOvercommitAllowed(name))
    errors.push(invalidValue(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`));
  else if (order > 0)
    errors.push(invalidValue(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
}

/** Huge pages come in whole pages. */
export function validateHugePages(name: string, quantity: string, path: string, errors: Errors): void {
  try {
    const size = scaledValue(name.slice('hugepages-'.length), 0);
    if (size > 0n && scaledValue(quantity, 0) % size === 0n) return;
  } catch {
    // The part after `hugepages-` is no size: nothing is a multiple of it.
  }
  errors.push(invalidValue(path, quantity, `${quantity} is not positive integer multiple of ${name}`));
}

function validateClaimNames(
  claims: readonly ResourceClaim[],
  claimNames: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  const seen = new Set<string>();
  for (const [index, { name, request }] of claims.entries()) {
    const at = `${path}[${index}]`;
    if (!name) {
      errors.push(required(at));
      continue;
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      if (request) checkLabel(request, `${at}.request`, errors);
      const key = request ? `${name}/${request}` : name;
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (!request) {
        // The whole claim, of which some requests stand there already.
        for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name));
      }
      seen.add(key);
    }
    if (claimNames.has(name)) continue;
    const choices = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
    errors.push(
      new FieldError('FieldValueNotFound', at, name, `must be one of the names in pod.spec.resourceClaims${choices}`),
    );
  }
}
