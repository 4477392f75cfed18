/** The status of claims: what was allocated to them, who may use it, and what drivers report of it. */
import { semanticEqual } from '../../meta/equality.ts';
import { validateConditions } from '../../meta/condition-validation.ts';
import { addInvalid, checkLabel, immutable, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, tooLong, tooMany, type FieldError } from '../../meta/field-error.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../../schema/generated/resource-v1.ts';
import { validateNodeSelector } from '../core/affinity-validation.ts';
import { whyNoInterfaceAddress } from '../core/ip-validation.ts';
import { validateBindingConditions } from './binding-condition-validation.ts';
import { checkItems, checkSet } from './device-lists.ts';
import { checkDriver, checkPoolName, checkUid } from './device-names.ts';
import {
  checkRawObject,
  checkRequestReference,
  checkRequestReferences,
  maxConfigurations,
  requestNames,
  validateConfiguration,
  validateTolerations,
} from './device-validation.ts';
import { internalAllocation } from './internal-claim.ts';

const maxConsumers = 256;
const maxResults = 32;
const maxConditions = 8;
const maxDataBytes = 10 * 1024;
const maxInterfaceNameBytes = 256;
const maxHardwareAddressBytes = 128;
const maxIps = 16;
const sources = ['FromClaim', 'FromClass'];

/** Only devices that are allocated can be reserved and reported of, and they stay allocated while they are. */
export function validateClaimStatus(next: ResourceClaim, old: ResourceClaim): FieldError[] {
  const errors: Errors = [];
  const { allocation, reservedFor = [], devices = [] } = next.status ?? {};
  checkSet(
    reservedFor,
    { max: maxConsumers, path: 'status.reservedFor', errors, keyOf: ({ uid }) => uid ?? '' },
    (consumer, at) => {
      validateConsumer(consumer, at, errors);
    },
  );
  const allocated = new Set(allocation?.devices?.results?.map(deviceKey));
  checkSet(
    devices,
    { max: Infinity, path: 'status.devices', errors, keyOf: deviceKey, shown: () => shownDevice },
    (device, at) => {
      validateDeviceStatus(device, at, allocated, errors);
    },
  );
  validateReservations(next, old, errors);
  validateAllocation(next, old.status?.allocation, errors);
  return errors;
}

interface DeviceName {
  readonly driver?: string;
  readonly pool?: string;
  readonly device?: string;
  readonly shareID?: string;
}

/** Tells devices apart, and the shares of one. */
export function deviceKey({ driver = '', pool = '', device = '', shareID = '' }: DeviceName): string {
  return [driver, pool, device, shareID].join('\n');
}

/** A device as upstream's messages show it: the JSON of a struct whose fields show nothing of themselves. */
const shownDevice = { Driver: {}, Pool: {}, Device: {}, ShareID: {} };

function validateConsumer({ resource, name, uid }: ResourceClaimConsumerReference, path: string, errors: Errors): void {
  if (!resource) errors.push(required(`${path}.resource`));
  if (!name) errors.push(required(`${path}.name`));
  if (!uid) errors.push(required(`${path}.uid`));
}

function validateReservations(next: ResourceClaim, old: ResourceClaim, errors: Errors): void {
  const { allocation, reservedFor = [] } = next.status ?? {};
  if (reservedFor.length === 0) return;
  const before = old.status?.reservedFor ?? [];
  const path = 'status.reservedFor';
  if (!allocation) errors.push(forbiddenField(path, 'may not be specified when `allocated` is not set'));
  else if (next.metadata.deletionTimestamp && !reservedFor.every((one) => before.some((b) => semanticEqual(one, b)))) {
    const why = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    errors.push(forbiddenField(path, why));
  }
}

function validateAllocation(next: ResourceClaim, before: AllocationResult | undefined, errors: Errors): void {
  const allocation = next.status?.allocation;
  if (!allocation) return;
  if (before) {
    if (!semanticEqual(allocation, before))
      errors.push(invalidValue('status.allocation', internalAllocation(allocation), immutable));
    return;
  }
  const names = requestNames(next.spec.devices ?? {});
  const { results = [], config = [] } = allocation.devices ?? {};
  const path = 'status.allocation.devices';
  checkItems(results, { max: maxResults, path: `${path}.results`, errors }, (result, at) => {
    validateResult(result, names, at, errors);
  });
  checkItems(config, { max: 2 * maxConfigurations, path: `${path}.config`, errors }, (item, at) => {
    validateAllocatedConfiguration(item, names, at, errors);
  });
  if (allocation.nodeSelector) validateNodeSelector(allocation.nodeSelector, 'status.allocation.nodeSelector', errors);
}

function validateResult(
  result: DeviceRequestAllocationResult,
  names: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  checkRequestReference(result.request ?? '', names, `${path}.request`, errors);
  checkDriver(result.driver, `${path}.driver`, errors);
  checkPoolName(result.pool, `${path}.pool`, errors);
  checkLabel(result.device ?? '', `${path}.device`, errors);
  validateBindingConditions(result, path, errors);
  validateTolerations(result.tolerations ?? [], `${path}.tolerations`, errors);
  if (result.shareID !== undefined) checkUid(result.shareID, `${path}.shareID`, errors);
}

function validateAllocatedConfiguration(
  { source, requests = [], opaque }: DeviceAllocationConfiguration,
  names: ReadonlySet<string>,
  path: string,
  errors: Errors,
): void {
  if (!source) errors.push(required(`${path}.source`));
  else if (!sources.includes(source)) errors.push(unsupported(`${path}.source`, source, sources));
  checkRequestReferences(requests, names, `${path}.requests`, errors);
  validateConfiguration(opaque, path, errors);
}

function validateDeviceStatus(
  device: AllocatedDeviceStatus,
  path: string,
  allocated: ReadonlySet<string>,
  errors: Errors,
): void {
  const { conditions = [], data, networkData } = device;
  checkDriver(device.driver, `${path}.driver`, errors);
  checkPoolName(device.pool, `${path}.pool`, errors);
  checkLabel(device.device ?? '', `${path}.device`, errors);
  if (device.shareID !== undefined) checkUid(device.shareID, `${path}.shareID`, errors);
  if (!allocated.has(deviceKey(device)))
    errors.push(invalidValue(path, shownDevice, 'must be an allocated device in the claim'));
  if (conditions.length > maxConditions) errors.push(tooMany(`${path}.conditions`, conditions.length, maxConditions));
  validateConditions(conditions, `${path}.conditions`, errors);
  if (data !== undefined && data !== null)
    checkRawObject(data, { field: `${path}.data`, maxBytes: maxDataBytes }, errors);
  if (networkData) validateNetworkData(networkData, `${path}.networkData`, errors);
}

function validateNetworkData(
  { interfaceName = '', hardwareAddress = '', ips = [] }: NetworkDeviceData,
  path: string,
  errors: Errors,
): void {
  if (Buffer.byteLength(interfaceName) > maxInterfaceNameBytes)
    errors.push(tooLong(`${path}.interfaceName`, maxInterfaceNameBytes));
  if (Buffer.byteLength(hardwareAddress) > maxHardwareAddressBytes)
    errors.push(tooLong(`${path}.hardwareAddress`, maxHardwareAddressBytes));
  checkSet(ips, { max: maxIps, path: `${path}.ips`, errors, keyOf: (ip) => ip }, (ip, at) => {
    addInvalid(whyNoInterfaceAddress(ip), at, ip, errors);
  });
}
