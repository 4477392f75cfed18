import {
  checkLabel,
  checkPort,
  checkQualifiedName,
  checkSubdomain,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type { EndpointAddress, EndpointPort, Endpoints } from '../../schema/generated/core-v1.ts';
import { checkIp, checkOrdinaryIp, isReadableIp } from './ip-validation.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

/**
 * Every cause in the subsets; an object without any is fine. A subset has addresses, ready or not; its ports need names
 * where there are several. An address that cannot be read is complained of twice.
 */
export function validateEndpoints({ subsets = [] }: Endpoints): FieldError[] {
  const errors: Errors = [];
  for (const [index, { addresses = [], notReadyAddresses = [], ports = [] }] of subsets.entries()) {
    const at = `subsets[${index}]`;
    if (addresses.length === 0 && notReadyAddresses.length === 0)
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const [a, address] of addresses.entries()) validateAddress(address, `${at}.addresses[${a}]`, errors);
    for (const [a, address] of notReadyAddresses.entries())
      validateAddress(address, `${at}.notReadyAddresses[${a}]`, errors);
    for (const [p, port] of ports.entries()) validatePort(port, ports.length > 1, `${at}.ports[${p}]`, errors);
  }
  return errors;
}

function validateAddress({ ip, hostname, nodeName }: EndpointAddress, path: string, errors: Errors): void {
  checkIp(ip ?? '', `${path}.ip`, errors);
  if (hostname) checkLabel(hostname, `${path}.hostname`, errors);
  if (nodeName !== undefined) checkSubdomain(nodeName, `${path}.nodeName`, errors);
  if (isReadableIp(ip ?? '')) checkOrdinaryIp(ip, `${path}.ip`, errors);
  else errors.push(invalidValue(`${path}.ip`, ip ?? '', 'must be a valid IP address'));
}

function validatePort(
  { name, port, protocol, appProtocol }: EndpointPort,
  needsName: boolean,
  path: string,
  errors: Errors,
): void {
  if (name) checkLabel(name, `${path}.name`, errors);
  else if (needsName) errors.push(required(`${path}.name`));
  checkPort(port ?? 0, `${path}.port`, errors);
  if (!protocol) errors.push(required(`${path}.protocol`));
  else if (!protocols.includes(protocol)) errors.push(unsupported(`${path}.protocol`, protocol, protocols));
  if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${path}.appProtocol`, errors);
}
