import { isIPv4 } from 'node:net';
import { semanticEqual } from '../../meta/equality.ts';
import {
  addInvalid,
  checkImmutable,
  checkLabel,
  checkQualifiedName,
  checkSubdomain,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { duplicate, invalidValue, required, tooMany, type FieldError } from '../../meta/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isValidLabelValue } from '../../meta/names.ts';
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from '../../schema/generated/discovery-v1.ts';
import { checkIp, checkOrdinaryIp } from '../core/ip-validation.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxHints = 8;
const maxTopologyLabels = 16;

/** Upstream's `ValidateEndpointSlice` of a new one, after defaults. Too many endpoints or ports are not looked at. */
export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  return validateSlice(slice, undefined);
}

/** Endpoints that do not change are not looked at: rules of addresses were less strict once. */
export function validateEndpointSliceUpdate(next: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateSlice(next, old);
  checkImmutable(next.addressType, old.addressType, 'addressType', errors);
  return errors;
}

function validateSlice(slice: EndpointSlice, old: EndpointSlice | undefined): FieldError[] {
  const errors: Errors = [];
  const { addressType } = slice;
  if (!addressType) errors.push(required('addressType'));
  else if (!addressTypes.includes(addressType)) errors.push(unsupported('addressType', addressType, addressTypes));
  validatePorts(slice.ports ?? [], errors);
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) errors.push(tooMany('endpoints', endpoints.length, maxEndpoints));
  else if (!old || !semanticEqual(endpoints, old.endpoints)) {
    for (let i = 0; i < endpoints.length; i++) validateEndpoint(endpoints[i]!, addressType, `endpoints[${i}]`, errors);
  }
  return errors;
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: string, errors: Errors): void {
  const { addresses = [], hostname, nodeName, deprecatedTopology, hints } = endpoint;
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > maxAddresses) errors.push(tooMany(`${path}.addresses`, addresses.length, maxAddresses));
  for (const [index, address] of addresses.entries())
    validateAddress(address, addressType, `${path}.addresses[${index}]`, errors);
  if (nodeName !== undefined) checkSubdomain(nodeName, `${path}.nodeName`, errors);
  const topology = Object.keys(deprecatedTopology ?? {});
  if (topology.length > maxTopologyLabels)
    errors.push(tooMany(`${path}.deprecatedTopology`, topology.length, maxTopologyLabels));
  for (const key of topology) checkQualifiedName(key, `${path}.deprecatedTopology`, errors);
  if (hostname !== undefined) addInvalid(isDns1123Label(hostname), `${path}.hostname`, hostname, errors);
  if (hints) validateHints(hints, `${path}.hints`, errors);
}

/** After a list that is too long nothing more is said. */
function validateHints({ forZones = [], forNodes = [] }: EndpointHints, path: string, errors: Errors): void {
  for (const [field, names] of [
    ['forZones', forZones],
    ['forNodes', forNodes],
  ] as const) {
    const at = `${path}.${field}`;
    if (names.length > maxHints) {
      errors.push(tooMany(at, names.length, maxHints));
      return;
    }
    const seen = new Set<string>();
    for (const [index, { name = '' }] of names.entries()) {
      if (seen.has(name)) errors.push(duplicate(`${at}[${index}].name`, name));
      seen.add(name);
      const messages = field === 'forZones' ? isValidLabelValue(name) : isDns1123Subdomain(name);
      addInvalid(messages, `${at}[${index}].name`, name, errors);
    }
  }
}

function validateAddress(address: string, type: string, field: string, errors: Errors): void {
  switch (type) {
    case 'IPv4':
    case 'IPv6': {
      const before = errors.length;
      checkIp(address, field, errors);
      if (errors.length > before) break;
      if (type !== (isIPv4(address) ? 'IPv4' : 'IPv6'))
        errors.push(invalidValue(field, address, `must be an ${type} address`));
      checkOrdinaryIp(address, field, errors);
      break;
    }
    case 'FQDN':
      checkFullName(address, field, errors);
      break;
    default:
  }
}

function checkFullName(address: string, field: string, errors: Errors): void {
  if (address === '') {
    errors.push(required(field));
    return;
  }
  const name = address.replace(/\.$/, '');
  const messages = isDns1123Subdomain(name);
  if (messages.length > 0) errors.push(invalidValue(field, name, messages.join(',')));
  else if (!name.includes('.'))
    errors.push(invalidValue(field, name, 'should be a domain with at least two segments separated by dots'));
}

function validatePorts(ports: readonly EndpointPort[], errors: Errors): void {
  if (ports.length > maxPorts) {
    errors.push(tooMany('ports', ports.length, maxPorts));
    return;
  }
  const names = new Set<string>();
  for (const [index, { name = '', protocol, appProtocol }] of ports.entries()) {
    const at = `ports[${index}]`;
    if (name) checkLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(unsupported(`${at}.protocol`, protocol, protocols));
    if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${at}.appProtocol`, errors);
  }
}
