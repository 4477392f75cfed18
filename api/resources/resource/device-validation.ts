/** Dynamic resource allocation: what is asked for. */
import { deviceEnvironment } from '../../cel/cel-environments.ts';
import { compileExpression } from '../../cel/compile-expression.ts';
import {
  addInvalid,
  checkLabel,
  checkQualifiedName,
  checkSubdomain,
  notPositive,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { FieldError, duplicate, invalidValue, required, tooLong, tooMany } from '../../meta/field-error.ts';
import { isCIdentifier, isDns1123Label, isDns1123Subdomain } from '../../meta/names.ts';
import type {
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
} from '../../schema/generated/resource-v1.ts';

const maxRequests = 32;
const maxConstraints = 32;
const maxConfigurations = 32;
const maxSelectors = 32;
const maxAlternatives = 8;
const maxExpressionBytes = 10 * 1024;
const maxTolerations = 16;
const driverMaxLength = 63;
const domainMaxLength = 63;
const identifierMaxLength = 32;

export function validateDeviceClaim(claim: DeviceClaim, path: string, errors: Errors): void {
  const { requests = [], constraints = [], config = [] } = claim;
  const names = requestNames(requests);
  checkCount(requests, maxRequests, `${path}.requests`, errors);
  const seen = new Set<string>();
  for (const [index, request] of requests.entries()) {
    const at = `${path}.requests[${index}]`;
    validateRequest(request, at, errors);
    if (seen.has(request.name)) errors.push(duplicate(`${at}.name`, request.name));
    seen.add(request.name);
  }
  checkCount(constraints, maxConstraints, `${path}.constraints`, errors);
  for (const [index, constraint] of constraints.entries())
    validateConstraint(constraint, names, `${path}.constraints[${index}]`, errors);
  checkCount(config, maxConfigurations, `${path}.config`, errors);
  for (const [index, item] of config.entries())
    validateClaimConfiguration(item, names, `${path}.config[${index}]`, errors);
}

/** The names of requests, and of alternatives as `request/alternative`. */
function requestNames(requests: readonly DeviceRequest[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, firstAvailable } of requests) {
    names.add(name);
    for (const alternative of firstAvailable ?? []) names.add(`${name}/${alternative.name}`);
  }
  return names;
}

function checkCount(list: readonly unknown[], max: number, path: string, errors: Errors): void {
  if (list.length > max) errors.push(tooMany(path, list.length, max));
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string, errors: Errors): void {
  if (!name) errors.push(required(`${path}.name`));
  else checkLabel(name, `${path}.name`, errors);
  const oneOf = 'exactly one of `exactly` or `firstAvailable` is required';
  if (firstAvailable.length > 0) {
    checkCount(firstAvailable, maxAlternatives, `${path}.firstAvailable`, errors);
    const seen = new Set<string>();
    for (const [index, alternative] of firstAvailable.entries()) {
      const at = `${path}.firstAvailable[${index}]`;
      addInvalid(isDns1123Label(alternative.name ?? ''), `${at}.name`, alternative.name ?? '', errors);
      validateWanted(alternative, at, errors);
      if (seen.has(alternative.name)) errors.push(duplicate(`${at}.name`, alternative.name));
      seen.add(alternative.name);
    }
  }
  if (exactly) validateWanted(exactly, `${path}.exactly`, errors);
  if (!exactly && firstAvailable.length === 0) errors.push(required(path, oneOf));
  else if (exactly && firstAvailable.length > 0)
    errors.push(invalidValue(path, null, `${oneOf}, but multiple fields are set`));
}

function validateWanted(wanted: ExactDeviceRequest | DeviceSubRequest, path: string, errors: Errors): void {
  const { deviceClassName, selectors = [], allocationMode: mode, count = 0, tolerations = [] } = wanted;
  if (!deviceClassName) errors.push(required(`${path}.deviceClassName`));
  else addInvalid(isDns1123Subdomain(deviceClassName), `${path}.deviceClassName`, deviceClassName, errors);
  validateSelectors(selectors, `${path}.selectors`, errors);
  if (mode === 'All') {
    if (count !== 0)
      errors.push(invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  } else if (mode === 'ExactCount') {
    if (count <= 0) errors.push(invalidValue(`${path}.count`, count, notPositive));
  } else errors.push(unsupported(`${path}.allocationMode`, mode ?? '', ['All', 'ExactCount']));
  checkCount(tolerations, maxTolerations, `${path}.tolerations`, errors);
  for (const [index, toleration] of tolerations.entries())
    validateToleration(toleration, `${path}.tolerations[${index}]`, errors);
}

const effects = ['NoExecute', 'NoSchedule', 'None'];

function validateToleration({ key, operator, value, effect }: DeviceToleration, path: string, errors: Errors): void {
  if (key) checkQualifiedName(key, `${path}.key`, errors);
  if (operator === 'Exists') {
    if (value) errors.push(invalidValue(`${path}.value`, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') {
    if (!key) errors.push(required(`${path}.key`));
  } else if (!operator) errors.push(required(`${path}.operator`));
  else errors.push(unsupported(`${path}.operator`, operator, ['Equal', 'Exists']));
  if (effect && !effects.includes(effect)) errors.push(unsupported(`${path}.effect`, effect, effects));
}

/** Selectors of devices, of a request or a class. */
export function validateSelectors(selectors: readonly DeviceSelector[], path: string, errors: Errors): void {
  checkCount(selectors, maxSelectors, path, errors);
  for (const [index, { cel }] of selectors.entries()) {
    const at = `${path}[${index}]`;
    if (!cel) errors.push(required(`${at}.cel`));
    else if (!cel.expression) errors.push(required(`${at}.cel.expression`));
    else validateSelector(cel.expression, `${at}.cel.expression`, errors);
  }
}

function validateSelector(expression: string, path: string, errors: Errors): void {
  if (Buffer.byteLength(expression) > maxExpressionBytes) {
    errors.push(tooLong(path, maxExpressionBytes));
    return;
  }
  const compiled = compileExpression(deviceEnvironment(), expression);
  if (compiled.kind === 'error') errors.push(invalidValue(path, expression, compiled.message));
  else if (compiled.type !== 'bool' && compiled.type !== 'dyn')
    errors.push(invalidValue(path, expression, `must evaluate to bool or the unknown type, not ${compiled.type}`));
}

function validateConstraint(
  { requests = [], matchAttribute, distinctAttribute }: DeviceConstraint,
  names: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  checkReferences(requests, names, `${path}.requests`, errors);
  if (matchAttribute !== undefined) checkFullName(matchAttribute, `${path}.matchAttribute`, errors);
  else if (distinctAttribute !== undefined) checkFullName(distinctAttribute, `${path}.distinctAttribute`, errors);
  else errors.push(required(`${path}.matchAttribute`));
}

function validateClaimConfiguration(
  { requests = [], opaque }: DeviceClaimConfiguration,
  names: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  checkReferences(requests, names, `${path}.requests`, errors);
  validateConfiguration(opaque, path, errors);
}

function checkReferences(requests: readonly string[], names: ReadonlySet<string>, path: string, errors: Errors): void {
  checkCount(requests, maxRequests, path, errors);
  const seen = new Set<string>();
  for (const [index, name] of requests.entries()) {
    const at = `${path}[${index}]`;
    if (!names.has(name)) {
      const why =
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
      errors.push(invalidValue(at, name, why));
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
  }
}

/** What a driver is told about devices, in words of its own. */
export function validateConfiguration(
  opaque: OpaqueDeviceConfiguration | undefined,
  path: string,
  errors: Errors,
): void {
  if (!opaque) {
    errors.push(required(`${path}.opaque`));
    return;
  }
  checkDriver(opaque.driver, `${path}.opaque.driver`, errors);
  const { parameters } = opaque;
  if (parameters === undefined || parameters === null) errors.push(required(`${path}.opaque.parameters`));
  else if (typeof parameters !== 'object' || Array.isArray(parameters))
    errors.push(invalidValue(`${path}.opaque.parameters`, '<value omitted>', 'must be a valid JSON object'));
}

export function checkDriver(driver: string | undefined, field: string, errors: Errors): void {
  if (!driver) {
    errors.push(required(field));
    return;
  }
  if (driver.length > driverMaxLength)
    errors.push(new FieldError('FieldValueTooLong', field, '', `may not be more than ${driverMaxLength} bytes`));
  checkSubdomain(driver, field, errors);
}

/** `domain/identifier`. */
function checkFullName(name: string, field: string, errors: Errors): void {
  if (name === '') errors.push(required(field));
  else if (!name.includes('/')) errors.push(invalidValue(field, name, 'must include a domain'));
  else checkAttributeName(name, field, errors);
}

/** `identifier` or `domain/identifier`, as attributes and capacities of devices are called. */
export function checkAttributeName(name: string, field: string, errors: Errors): void {
  const slash = name.indexOf('/');
  const identifier = name.slice(slash + 1);
  if (slash >= 0) {
    const domain = name.slice(0, slash);
    if (!domain) errors.push(required(field, 'the domain must not be empty'));
    else {
      if (domain.length > domainMaxLength)
        errors.push(new FieldError('FieldValueTooLong', field, '', `may not be more than ${domainMaxLength} bytes`));
      addInvalid(isDns1123Subdomain(domain), field, domain, errors);
    }
  }
  if (!identifier) errors.push(required(field, 'the name must not be empty'));
  else {
    if (identifier.length > identifierMaxLength)
      errors.push(new FieldError('FieldValueTooLong', field, '', `may not be more than ${identifierMaxLength} bytes`));
    addInvalid(isCIdentifier(identifier), field, identifier, errors);
  }
}
