import {
  addInvalid,
  checkImmutable,
  checkLabel,
  checkSubdomain,
  notPositive,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { duplicate, FieldError, invalidValue, required, tooMany } from '../../meta/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, isValidLabelValue } from '../../meta/names.ts';
import type {
  Device,
  DeviceAttribute,
  DeviceTaint,
  ResourceSlice,
  ResourceSliceSpec,
} from '../../schema/generated/resource-v1.ts';
import { validateNodeSelector } from '../core/affinity-validation.ts';
import { checkAttributeName, checkDriver } from './device-validation.ts';

const maxDevices = 128;
const maxAttributes = 32;
const maxTaints = 16;
const maxCounterSets = 8;
const poolNameMaxLength = 253;
const valueMaxLength = 64;
const effects = ['NoExecute', 'NoSchedule', 'None'];

export function validateResourceSlice({ spec }: ResourceSlice): FieldError[] {
  const errors: Errors = [];
  checkDriver(spec.driver, 'spec.driver', errors);
  validatePool(spec, errors);
  validatePlace(spec, errors);
  const devices = spec.devices ?? [];
  if (devices.length > maxDevices) errors.push(tooMany('spec.devices', devices.length, maxDevices));
  const seen = new Set<string>();
  for (const [index, device] of devices.entries()) {
    const at = `spec.devices[${index}]`;
    validateDevice(device, spec.perDeviceNodeSelection === true, at, errors);
    if (seen.has(device.name)) errors.push(duplicate(at, device.name));
    seen.add(device.name);
  }
  const counters = spec.sharedCounters ?? [];
  if (counters.length > maxCounterSets) errors.push(tooMany('spec.sharedCounters', counters.length, maxCounterSets));
  for (const [index, { name, counters: set }] of counters.entries()) {
    const at = `spec.sharedCounters[${index}]`;
    if (!name) errors.push(required(`${at}.name`));
    else checkLabel(name, `${at}.name`, errors);
    if (Object.keys(set ?? {}).length === 0) errors.push(required(`${at}.counters`));
    for (const key in set) checkLabel(key, `${at}.counters`, errors);
  }
  return errors;
}

function validatePool({ pool }: ResourceSliceSpec, errors: Errors): void {
  const { name, generation = 0, resourceSliceCount = 0 } = pool;
  const at = 'spec.pool.name';
  if (!name) errors.push(required(at));
  else {
    if (name.length > poolNameMaxLength)
      errors.push(new FieldError('FieldValueTooLong', at, '', `may not be more than ${poolNameMaxLength} bytes`));
    for (const part of name.split('/')) addInvalid(isDns1123Subdomain(part), at, part, errors);
  }
  if (resourceSliceCount <= 0)
    errors.push(invalidValue('spec.pool.resourceSliceCount', resourceSliceCount, notPositive));
  if (generation < 0)
    errors.push(invalidValue('spec.pool.generation', generation, 'must be greater than or equal to zero'));
}

function validatePlace(spec: ResourceSliceSpec, errors: Errors): void {
  const given: string[] = [];
  if (spec.nodeName !== undefined) {
    if (!spec.nodeName)
      errors.push(invalidValue('spec.nodeName', spec.nodeName, 'must be either unset or set to a non-empty string'));
    else {
      given.push('`nodeName`');
      checkSubdomain(spec.nodeName, 'spec.nodeName', errors);
    }
  }
  if (spec.nodeSelector) {
    given.push('`nodeSelector`');
    validateNodeSelector(spec.nodeSelector, 'spec.nodeSelector', errors);
    if ((spec.nodeSelector.nodeSelectorTerms?.length ?? 0) !== 1) {
      const why = 'must have exactly one node selector term';
      errors.push(invalidValue('spec.nodeSelector.nodeSelectorTerms', spec.nodeSelector.nodeSelectorTerms, why));
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

function validateDevice(device: Device, ownPlace: boolean, path: string, errors: Errors): void {
  const { name, attributes = {}, capacity = {}, taints = [] } = device;
  if (!name) errors.push(required(`${path}.name`));
  else addInvalid(isDns1123Label(name), `${path}.name`, name, errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > maxAttributes) {
    const why = `the total number of attributes and capacities must not exceed ${maxAttributes}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const key in attributes) {
    checkAttributeName(key, `${path}.attributes`, errors);
    validateAttribute(attributes[key]!, `${path}.attributes[${key}]`, errors);
  }
  for (const key in capacity) checkAttributeName(key, `${path}.capacity`, errors);
  if (taints.length > maxTaints) errors.push(tooMany(`${path}.taints`, taints.length, maxTaints));
  for (const [index, taint] of taints.entries()) validateTaint(taint, `${path}.taints[${index}]`, errors);
  if (ownPlace) {
    const given = [device.nodeName !== undefined, device.nodeSelector !== undefined, device.allNodes !== undefined];
    if (given.filter((g) => g).length !== 1) {
      const oneOf = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required';
      errors.push(required(path, `${oneOf} when \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`));
    }
  }
}

function validateAttribute(attribute: DeviceAttribute, path: string, errors: Errors): void {
  const given = Object.values(attribute).filter((value) => value !== undefined && value !== null).length;
  if (given === 0) errors.push(invalidValue(path, '', 'exactly one value must be specified'));
  else if (given > 1) {
    // As upstream's message shows it: its internal type.
    const shown = {
      IntValue: attribute.int ?? null,
      BoolValue: attribute.bool ?? null,
      StringValue: attribute.string ?? null,
      VersionValue: attribute.version ?? null,
      IntValues: attribute.ints ?? null,
      BoolValues: attribute.bools ?? null,
      StringValues: attribute.strings ?? null,
      VersionValues: attribute.versions ?? null,
    };
    errors.push(invalidValue(path, shown, 'exactly one value must be specified'));
  }
  const { string: text, version } = attribute;
  const tooLong = `may not be more than ${valueMaxLength} bytes`;
  if (text !== undefined && Buffer.byteLength(text) > valueMaxLength)
    errors.push(new FieldError('FieldValueTooLong', `${path}.string`, '', tooLong));
  if (version === undefined) return;
  if (Buffer.byteLength(version) > valueMaxLength)
    errors.push(new FieldError('FieldValueTooLong', `${path}.version`, '', tooLong));
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(version)) {
    const why = 'must be a string compatible with semver.org spec 2.0.0';
    errors.push(invalidValue(`${path}.version`, version, why));
  }
}

function validateTaint({ key, value, effect }: DeviceTaint, path: string, errors: Errors): void {
  addInvalid(isQualifiedName(key ?? ''), `${path}.key`, key ?? '', errors);
  if (value) addInvalid(isValidLabelValue(value), `${path}.value`, value, errors);
  if (!effect) errors.push(required(`${path}.effect`));
  else if (!effects.includes(effect)) errors.push(unsupported(`${path}.effect`, effect, effects));
}

export function validateResourceSliceUpdate(next: ResourceSlice, old: ResourceSlice): FieldError[] {
  const errors = validateResourceSlice(next);
  checkImmutable(next.spec.pool.name, old.spec.pool.name, 'spec.pool.name', errors);
  checkImmutable(next.spec.driver, old.spec.driver, 'spec.driver', errors);
  checkImmutable(next.spec.nodeName, old.spec.nodeName, 'spec.nodeName', errors);
  checkImmutable(next.spec.nodeSelector, old.spec.nodeSelector, 'spec.nodeSelector', errors);
  checkImmutable(next.spec.allNodes, old.spec.allNodes, 'spec.allNodes', errors);
  return errors;
}
