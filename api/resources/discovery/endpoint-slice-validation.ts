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
import { isDns1123Label, isDns1123Subdomain, isValidIpv4, isValidIpv6 } from '../../meta/names.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../schema/generated/discovery-v1.ts';
import { checkOrdinaryIp } from '../core/ip-validation.ts';

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const maxEndpoints = 1000;
const maxAddresses = 100;
const maxPorts = 20_000;
const maxHints = 8;
const maxTopologyLabels = 16;

export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  const errors: Errors = [];
  const { addressType } = slice;
  if (!addressType) errors.push(required('addressType'));
  else if (!addressTypes.includes(addressType)) errors.push(unsupported('addressType', addressType, addressTypes));
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) errors.push(tooMany('endpoints', endpoints.length, maxEndpoints));
  else {
    for (let i = 0; i < endpoints.length; i++) validateEndpoint(endpoints[i]!, addressType, `endpoints[${i}]`, errors);
  }
  validatePorts(slice.ports ?? [], errors);
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
  for (const list of ['forZones', 'forNodes'] as const) {
    const given = hints?.[list] ?? [];
    const at = `${path}.hints.${list}`;
    if (given.length > maxHints) errors.push(tooMany(at, given.length, maxHints));
    const seen = new Set<string>();
    for (const [index, { name }] of given.entries()) {
      if (seen.has(name)) errors.push(duplicate(`${at}[${index}].name`, name));
      seen.add(name);
      if (list === 'forZones') {
        if (!name) errors.push(required(`${at}[${index}].name`));
        else checkQualifiedName(name, `${at}[${index}].name`, errors);
      } else checkSubdomain(name ?? '', `${at}[${index}].name`, errors);
    }
  }
}

function validateAddress(address: string, type: string, field: string, errors: Errors): void {
  switch (type) {
    case 'IPv4':
      addInvalid(isValidIpv4(address), field, address, errors);
      checkOrdinaryIp(address, field, errors);
      break;
    case 'IPv6':
      addInvalid(isValidIpv6(address), field, address, errors);
      checkOrdinaryIp(address, field, errors);
      break;
    case 'FQDN': {
      const name = address.replace(/\.$/, '');
      const messages = isDns1123Subdomain(name);
      addInvalid(messages, field, address, errors);
      if (messages.length === 0 && name.split('.').length < 2)
        errors.push(invalidValue(field, address, 'should be a domain with at least two segments separated by dots'));
      break;
    }
    default:
  }
}

function validatePorts(ports: readonly EndpointPort[], errors: Errors): void {
  if (ports.length > maxPorts) {
    errors.push(tooMany('ports', ports.length, maxPorts));
    return;
  }
  const names = new Set<string>();
  for (const [index, { name = '', protocol, appProtocol, port }] of ports.entries()) {
    const at = `ports[${index}]`;
    if (name) checkLabel(name, `${at}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (port !== undefined && (port < 1 || port > 65535))
      errors.push(invalidValue(`${at}.port`, port, 'must be between 1 and 65535, inclusive'));
    if (!protocol) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(unsupported(`${at}.protocol`, protocol, protocols));
    if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${at}.appProtocol`, errors);
  }
}

export function validateEndpointSliceUpdate(next: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateEndpointSlice(next);
  checkImmutable(next.addressType, old.addressType, 'addressType', errors);
  return errors;
}
