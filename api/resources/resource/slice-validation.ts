import {
  addInvalid,
  checkImmutable,
  checkLabel,
  checkQualifiedName,
  checkSubdomain,
  notPositive,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong, tooMany, type FieldError } from '../../meta/field-error.ts';
import { isValidLabelValue } from '../../meta/names.ts';
import type {
  Counter,
  Device,
  DeviceAttribute,
  DeviceTaint,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../schema/generated/resource-v1.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { validateNodeSelector } from '../core/affinity-validation.ts';
import { internalNodeSelectorTerms } from '../core/internal-form.ts';
import { validateBindingConditions } from './binding-condition-validation.ts';
import { validateCapacity } from './capacity-policy-validation.ts';
import { checkItems, checkSet } from './device-lists.ts';
import { checkAttributeName, checkDriver, checkPoolName } from './device-names.ts';

const maxDevices = 128;
/** Where a device has taints or takes of shared counters. */
const maxDevicesWithMore = 64;
const maxAttributes = 32;
const maxTaints = 16;
const maxCounterSets = 8;
const maxCounters = 32;
const maxConsumptions = 2;
const valueMaxBytes = 64;
const effects = ['NoExecute', 'NoSchedule', 'None'];

/**
 * Upstream's `ValidateResourceSlice`, after defaults: one way to say on which nodes, and devices or shared counters,
 * not both. Devices may be fewer where one has taints or consumes counters.
 */
export function validateResourceSlice(slice: ResourceSlice): FieldError[] {
  return validateSlice(slice);
}

/**
 * As `validateResourceSlice`, and that pool name, driver and node name may not change. Taints of a device that stay the
 * same are not looked at.
 */
export function validateResourceSliceUpdate(next: ResourceSlice, old: ResourceSlice): FieldError[] {
  return validateSlice(next, old);
}

function validateSlice({ spec }: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const errors: Errors = [];
  checkDriver(spec.driver, 'spec.driver', errors);
  validatePool(spec, errors);
  if (old) {
    checkImmutable(spec.pool.name, old.spec.pool.name, 'spec.pool.name', errors);
    checkImmutable(spec.driver, old.spec.driver, 'spec.driver', errors);
    checkImmutable(spec.nodeName, old.spec.nodeName, 'spec.nodeName', errors);
  }
  validatePlace(spec, errors);
  const { devices, sharedCounters } = spec;
  if (devices && sharedCounters)
    errors.push(invalidValue('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  const hasMore = devices?.some((device) => device.taints?.length || device.consumesCounters?.length);
  const before = new Map(old?.spec.devices?.map((device) => [device.name, device]));
  checkSet(
    devices ?? [],
    { max: hasMore ? maxDevicesWithMore : maxDevices, path: 'spec.devices', errors, keyOf: ({ name }) => name ?? '' },
    (device, at) => {
      validateDevice(
        device,
        { path: at, old: before.get(device.name), ownPlace: !!spec.perDeviceNodeSelection },
        errors,
      );
    },
  );
  checkSet(
    sharedCounters ?? [],
    { max: maxCounterSets, path: 'spec.sharedCounters', errors, keyOf: ({ name }) => name ?? '' },
    ({ name, counters }, at) => {
      checkRequiredLabel(name, `${at}.name`, errors);
      validateCounters(counters, `${at}.counters`, errors);
    },
  );
  return errors;
}

function checkRequiredLabel(name: string | undefined, field: string, errors: Errors): void {
  if (name) checkLabel(name, field, errors);
  else errors.push(required(field));
}

function validateCounters(counters: Readonly<Record<string, Counter>> | undefined, path: string, errors: Errors): void {
  const names = Object.keys(counters ?? {});
  if (names.length === 0) errors.push(required(path));
  else if (names.length > maxCounters) errors.push(tooMany(path, names.length, maxCounters));
  else for (const name of names) checkLabel(name, path, errors);
}

function validatePool({ pool }: ResourceSliceSpec, errors: Errors): void {
  const { name, generation = 0, resourceSliceCount = 0 } = pool;
  checkPoolName(name, 'spec.pool.name', errors);
  if (resourceSliceCount <= 0)
    errors.push(invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, notPositive));
  if (generation < 0)
    errors.push(invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero'));
}

function validatePlace(spec: ResourceSliceSpec, errors: Errors): void {
  const given: string[] = [];
  if (spec.nodeName) {
    given.push('`nodeName`');
    checkSubdomain(spec.nodeName, 'spec.nodeName', errors);
  } else if (spec.nodeName === '')
    errors.push(invalidValue('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  if (spec.nodeSelector) {
    given.push('`nodeSelector`');
    validateNodeSelector(spec.nodeSelector, 'spec.nodeSelector', errors);
    const terms = spec.nodeSelector.nodeSelectorTerms;
    if (terms?.length !== 1) {
      const why = 'must have exactly one node selector term';
      errors.push(invalidValue('spec.nodeSelector.nodeSelectorTerms', internalNodeSelectorTerms(terms), why));
    }
  }
  for (const field of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[field]) given.push(`\`${field}\``);
    else if (spec[field] === false)
      errors.push(invalidValue(`spec.${field}`, false, 'must be either unset or set to true'));
  }
  const oneOf = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (given.length === 0) errors.push(required('spec', oneOf));
  else if (given.length > 1)
    errors.push(invalidValue('spec', `{${given.join(', ')}}`, `${oneOf}, but multiple fields are set`));
}

function validateDevice(
  device: Device,
  { path, old, ownPlace }: { readonly path: string; readonly old: Device | undefined; readonly ownPlace: boolean },
  errors: Errors,
): void {
  const { attributes = {}, capacity = {}, taints = [], consumesCounters = [] } = device;
  checkLabel(device.name ?? '', `${path}.name`, errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > maxAttributes) {
    const why = `the total number of attributes and capacities must not exceed ${maxAttributes}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const [key, attribute] of Object.entries(attributes)) {
    checkAttributeName(key, `${path}.attributes`, errors);
    validateAttribute(attribute, `${path}.attributes[${shortKey(key)}]`, errors);
  }
  const isShared = device.allowMultipleAllocations === true;
  for (const [key, value] of Object.entries(capacity)) {
    checkAttributeName(key, `${path}.capacity`, errors);
    validateCapacity(value, { path: `${path}.capacity[${shortKey(key)}]`, isShared }, errors);
  }
  if (!semanticEqual(taints, old?.taints))
    checkItems(taints, { max: maxTaints, path: `${path}.taints`, errors }, (taint, at) => {
      validateTaint(taint, at, errors);
    });
  checkSet(
    consumesCounters,
    { max: maxConsumptions, path: `${path}.consumesCounters`, errors, keyOf: ({ counterSet }) => counterSet ?? '' },
    ({ counterSet, counters }, at) => {
      checkRequiredLabel(counterSet, `${at}.counterSet`, errors);
      validateCounters(counters, `${at}.counters`, errors);
    },
  );
  validateDevicePlace(device, path, ownPlace, errors);
  validateBindingConditions(device, path, errors);
}

const shownKeyLength = 63 + 1 + 32;

/** A key that is too long is shown without its middle. */
function shortKey(key: string): string {
  if (key.length <= shownKeyLength) return key;
  const rest = shownKeyLength - '...'.length;
  return `${key.slice(0, Math.ceil(rest / 2))}...${key.slice(-Math.floor(rest / 2))}`;
}

function validateDevicePlace(device: Device, path: string, ownPlace: boolean, errors: Errors): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!ownPlace) {
    if (nodeName === undefined && !nodeSelector && allNodes === undefined) return;
    const why =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    errors.push(invalidValue(path, null, why));
    return;
  }
  const given: string[] = [];
  if (nodeName) {
    given.push('`nodeName`');
    checkSubdomain(nodeName, `${path}.nodeName`, errors);
  } else if (nodeName === '') errors.push(invalidValue(`${path}.nodeName`, '', 'must not be empty'));
  if (nodeSelector) {
    given.push('`nodeSelector`');
    validateNodeSelector(nodeSelector, `${path}.nodeSelector`, errors);
  }
  if (allNodes) given.push('`allNodes`');
  else if (allNodes === false)
    errors.push(invalidValue(`${path}.allNodes`, false, 'must be either unset or set to true'));
  const oneOf =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (given.length === 0) errors.push(required(path, oneOf));
  else if (given.length > 1) errors.push(invalidValue(path, `{${given.join(', ')}}`, oneOf));
}

const preRelease = '(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)';
const build = '[0-9a-zA-Z-]+';
/** https://semver.org, 2.0.0. */
const semanticVersion = new RegExp(
  `^(0|[1-9]\\d*)(\\.(0|[1-9]\\d*)){2}(-${preRelease}(\\.${preRelease})*)?(\\+${build}(\\.${build})*)?$`,
);

function validateAttribute(attribute: DeviceAttribute, path: string, errors: Errors): void {
  const { int, bool, string: text, version } = attribute;
  if (text !== undefined && Buffer.byteLength(text) > valueMaxBytes)
    errors.push(tooLong(`${path}.string`, valueMaxBytes));
  if (version !== undefined) {
    if (!semanticVersion.test(version))
      errors.push(invalidValue(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'));
    if (Buffer.byteLength(version) > valueMaxBytes) errors.push(tooLong(`${path}.version`, valueMaxBytes));
  }
  const given = [int, bool, text, version].filter((value) => value !== undefined).length;
  if (given === 1) return;
  // As upstream's message shows it: its internal type.
  const shown = {
    IntValue: int ?? null,
    BoolValue: bool ?? null,
    StringValue: text ?? null,
    VersionValue: version ?? null,
    IntValues: null,
    BoolValues: null,
    StringValues: null,
    VersionValues: null,
  };
  errors.push(invalidValue(path, given === 0 ? '' : shown, 'exactly one value must be specified'));
}

function validateTaint({ key, value, effect }: DeviceTaint, path: string, errors: Errors): void {
  checkQualifiedName(key ?? '', `${path}.key`, errors);
  if (value) addInvalid(isValidLabelValue(value), `${path}.value`, value, errors);
  if (!effect) errors.push(required(`${path}.effect`));
  else if (!effects.includes(effect)) errors.push(unsupported(`${path}.effect`, effect, effects));
}
