import { addInvalid, checkPort, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { ipFamilyOf, isValidPortName } from '../../meta/names.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../schema/generated/networking-v1.ts';
import { checkCidr, expandIpv6 } from '../core/ip-validation.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

/**
 * Upstream's `ValidateNetworkPolicy`: rules of ingress, of egress, and then the policy types, of which none is looked
 * at where there are more than two.
 */
export function validateNetworkPolicy({ spec = {} }: NetworkPolicy): FieldError[] {
  const errors: Errors = [];
  validateLabelSelector(spec.podSelector, 'spec.podSelector', errors);
  for (const [index, { ports, from }] of (spec.ingress ?? []).entries())
    validateRule(ports, from, 'from', `spec.ingress[${index}]`, errors);
  for (const [index, { ports, to }] of (spec.egress ?? []).entries())
    validateRule(ports, to, 'to', `spec.egress[${index}]`, errors);
  const types = spec.policyTypes ?? [];
  if (types.length > policyTypes.length) {
    errors.push(invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes'));
    return errors;
  }
  for (const [index, type] of types.entries())
    if (!policyTypes.includes(type)) errors.push(unsupported(`spec.policyTypes[${index}]`, type, policyTypes));
  return errors;
}

function validateRule(
  ports: readonly NetworkPolicyPort[] | undefined,
  peers: readonly NetworkPolicyPeer[] | undefined,
  peersField: string,
  path: string,
  errors: Errors,
): void {
  for (const [index, port] of (ports ?? []).entries()) validatePort(port, `${path}.ports[${index}]`, errors);
  for (const [index, peer] of (peers ?? []).entries()) validatePeer(peer, `${path}.${peersField}[${index}]`, errors);
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string, errors: Errors): void {
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.push(unsupported(`${path}.protocol`, protocol, protocols));
  const complain = (why: string): unknown => errors.push(invalidValue(`${path}.endPort`, endPort, why));
  if (port === undefined) {
    if (endPort !== undefined) complain('may not be specified when `port` is not specified');
  } else if (typeof port === 'number') {
    checkPort(port, `${path}.port`, errors);
    if (endPort === undefined) return;
    // Upstream's message shows the port, not the end.
    if (endPort < port) errors.push(invalidValue(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
    checkPort(endPort, `${path}.endPort`, errors);
  } else {
    if (endPort !== undefined) complain('may not be specified when `port` is non-numeric');
    addInvalid(isValidPortName(port), `${path}.port`, port, errors);
  }
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: string,
  errors: Errors,
): void {
  validateLabelSelector(podSelector, `${path}.podSelector`, errors);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  if (ipBlock) validateBlock(ipBlock, `${path}.ipBlock`, errors);
  if (!podSelector && !namespaceSelector && !ipBlock) errors.push(required(path, 'must specify a peer'));
  else if (ipBlock && (podSelector || namespaceSelector))
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
}

function validateBlock({ cidr, except }: IPBlock, path: string, errors: Errors): void {
  if (!cidr) {
    errors.push(required(`${path}.cidr`));
    return;
  }
  const before = errors.length;
  checkCidr(cidr, `${path}.cidr`, errors);
  if (errors.length > before) return;
  for (const [index, hole] of (except ?? []).entries()) {
    const at = `${path}.except[${index}]`;
    const count = errors.length;
    checkCidr(hole, at, errors);
    if (errors.length === count && !isStrictSubset(hole, cidr))
      errors.push(invalidValue(at, hole, 'must be a strict subset of `cidr`'));
  }
}

/** True where every address of `inner` is one of `outer`, but not the other way round. */
function isStrictSubset(inner: string, outer: string): boolean {
  const [innerBits, innerLength] = bitsOf(inner);
  const [outerBits, outerLength] = bitsOf(outer);
  if (innerBits.length !== outerBits.length || innerLength <= outerLength) return false;
  return innerBits.slice(0, outerLength) === outerBits.slice(0, outerLength);
}

function bitsOf(cidr: string): [bits: string, length: number] {
  const [address = '', length = '0'] = cidr.split('/');
  const isV4 = ipFamilyOf(address) === 4;
  const groups = isV4 ? address.split('.').map(Number) : expandIpv6(address);
  const width = isV4 ? 8 : 16;
  return [groups.map((group) => group.toString(2).padStart(width, '0')).join(''), Number(length)];
}
