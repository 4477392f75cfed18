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
import { invalidValue, required, tooLong } from '../../meta/field-error.ts';
import { isValidLabelValue } from '../../meta/names.ts';
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  OpaqueDeviceConfiguration,
} from '../../schema/generated/resource-v1.ts';
import { checkItems, checkSet } from './device-lists.ts';
import { checkDriver, checkFullAttributeName } from './device-names.ts';

const maxRequests = 32;
const maxConstraints = 32;
export const maxConfigurations = 32;
const maxSelectors = 32;
const maxAlternatives = 8;
const maxExpressionBytes = 10 * 1024;
const maxParametersBytes = 10 * 1024;

/**
 * Upstream's `validateDeviceClaim` (KEP-4381), after defaults: requests, constraints and configuration, in this order.
 * Of a list that is too long, that is all it says. `path` is the claim's own: `spec.devices`.
 */
export function validateDeviceClaim(claim: DeviceClaim, path: string, errors: Errors): void {
  const { requests = [], constraints = [], config = [] } = claim;
  const names = requestNames(claim);
  checkSet(
    requests,
    { max: maxRequests, path: `${path}.requests`, errors, keyOf: ({ name }) => name ?? '' },
    (request, at) => {
      validateRequest(request, at, errors);
    },
  );
  checkItems(constraints, { max: maxConstraints, path: `${path}.constraints`, errors }, (constraint, at) => {
    validateConstraint(constraint, names, at, errors);
  });
  checkItems(config, { max: maxConfigurations, path: `${path}.config`, errors }, (item, at) => {
    checkRequestReferences(item.requests ?? [], names, `${at}.requests`, errors);
    validateConfiguration(item.opaque, at, errors);
  });
}

/** The names of requests, and of alternatives as `request/alternative`. */
export function requestNames({ requests = [] }: DeviceClaim): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, firstAvailable } of requests) {
    names.add(name);
    for (const alternative of firstAvailable ?? []) names.add(`${name}/${alternative.name}`);
  }
  return names;
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string, errors: Errors): void {
  checkLabel(name ?? '', `${path}.name`, errors);
  const oneOf = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly && firstAvailable.length > 0)
    errors.push(invalidValue(path, null, `${oneOf}, but multiple fields are set`));
  else if (exactly) validateWanted(exactly, `${path}.exactly`, errors);
  else if (firstAvailable.length > 0)
    checkSet(
      firstAvailable,
      { max: maxAlternatives, path: `${path}.firstAvailable`, errors, keyOf: (alternative) => alternative.name ?? '' },
      (alternative, at) => {
        checkLabel(alternative.name ?? '', `${at}.name`, errors);
        validateWanted(alternative, at, errors);
      },
    );
  else errors.push(required(path, oneOf));
}

function validateWanted(wanted: ExactDeviceRequest | DeviceSubRequest, path: string, errors: Errors): void {
  const { deviceClassName, selectors = [], allocationMode: mode, count = 0, tolerations = [] } = wanted;
  if (!deviceClassName) errors.push(required(`${path}.deviceClassName`));
  else checkSubdomain(deviceClassName, `${path}.deviceClassName`, errors);
  validateSelectors(selectors, `${path}.selectors`, errors);
  if (mode === 'All') {
    if (count !== 0)
      errors.push(invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'"));
  } else if (mode === 'ExactCount') {
    if (count <= 0) errors.push(invalidValue(`${path}.count`, count, notPositive));
  } else errors.push(unsupported(`${path}.allocationMode`, mode ?? '', ['All', 'ExactCount']));
  validateTolerations(tolerations, `${path}.tolerations`, errors);
}

const effects = ['NoExecute', 'NoSchedule', 'None'];

/** The taints of devices that a request, or what was allocated to it, puts up with. */
export function validateTolerations(tolerations: readonly DeviceToleration[], path: string, errors: Errors): void {
  for (const [index, { key, operator, value = '', effect }] of tolerations.entries()) {
    const at = `${path}[${index}]`;
    if (key) checkQualifiedName(key, `${at}.key`, errors);
    if (operator === 'Exists') {
      if (value) errors.push(invalidValue(`${at}.value`, value, 'must be empty for operator `Exists`'));
    } else if (operator === 'Equal') addInvalid(isValidLabelValue(value), `${at}.value`, value, errors);
    else if (!operator) errors.push(required(`${at}.operator`));
    else errors.push(unsupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect && !effects.includes(effect)) errors.push(unsupported(`${at}.effect`, effect, effects));
  }
}

/** Selectors of devices, of a request or a class. */
export function validateSelectors(selectors: readonly DeviceSelector[], path: string, errors: Errors): void {
  checkItems(selectors, { max: maxSelectors, path, errors }, ({ cel }, at) => {
    if (!cel) errors.push(required(`${at}.cel`));
    else validateSelector(cel.expression ?? '', `${at}.cel.expression`, errors);
  });
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
  checkRequestReferences(requests, names, `${path}.requests`, errors);
  if (matchAttribute !== undefined) checkFullAttributeName(matchAttribute, `${path}.matchAttribute`, errors);
  else if (distinctAttribute !== undefined)
    checkFullAttributeName(distinctAttribute, `${path}.distinctAttribute`, errors);
  else {
    // Upstream says so where none is set.
    const why = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(required(path, why));
  }
}

/** Names of requests of the claim, each once. */
export function checkRequestReferences(
  requests: readonly string[],
  names: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  checkSet(requests, { max: maxRequests, path, errors, keyOf: (name) => name }, (name, at) => {
    checkRequestReference(name, names, at, errors);
  });
}

/**
 * One name of a request of the claim, or `request/alternative`; `names` is what `requestNames` returns. All errors are
 * told of `path`, labels before whether the name is known.
 */
export function checkRequestReference(name: string, names: ReadonlySet<string>, path: string, errors: Errors): void {
  const parts = name.split('/');
  if (parts.length <= 2) for (const part of parts) checkLabel(part, path, errors);
  if (names.has(name)) return;
  const why = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  errors.push(invalidValue(path, name, why));
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
  else checkRawObject(parameters, { field: `${path}.opaque.parameters`, maxBytes: maxParametersBytes }, errors);
}

/** A value without a type, which is to be an object; its length is that of its shortest JSON. */
export function checkRawObject(
  value: unknown,
  { field, maxBytes }: { readonly field: string; readonly maxBytes: number },
  errors: Errors,
): void {
  if (Buffer.byteLength(JSON.stringify(value)) > maxBytes) errors.push(tooLong(field, maxBytes));
  else if (typeof value !== 'object' || Array.isArray(value))
    errors.push(invalidValue(field, '<value omitted>', 'must be a valid JSON object'));
}
