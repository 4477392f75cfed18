/** Addresses of services, and the ranges they come from. */
import { isIPv4 } from 'node:net';
import { checkImmutable, checkPathSegment, immutable, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { ipFamilyOf } from '../../meta/names.ts';
import type { IPAddress, ParentReference, ServiceCIDR } from '../../schema/generated/networking-v1.ts';
import { canonicalIp, checkCidr, expandIpv6, whyNoIp } from '../core/ip-validation.ts';

/** An address is named by its canonical text. For `validateName` of the row. */
export function nameIsCanonicalIp(name: string): string[] {
  const why = whyNoIp(name);
  if (why.length) return why;
  return canonicalIp(name) === name ? [] : ['must be a canonical form IP address'];
}

export function validateIPAddress({ spec }: IPAddress): FieldError[] {
  const errors: Errors = [];
  if (!spec?.parentRef) errors.push(required('spec.parentRef'));
  else validateParent(spec.parentRef, 'spec.parentRef', errors);
  return errors;
}

function validateParent({ group, resource, namespace, name }: ParentReference, path: string, errors: Errors): void {
  if (group) checkPathSegment(group, `${path}.group`, errors);
  checkPathSegment(resource, `${path}.resource`, errors);
  checkPathSegment(name, `${path}.name`, errors);
  if (namespace) checkPathSegment(namespace, `${path}.namespace`, errors);
}

export function validateIPAddressUpdate(next: IPAddress, old: IPAddress): FieldError[] {
  const errors: Errors = [];
  checkImmutable(internalParent(next), internalParent(old), 'spec.parentRef', errors);
  return errors;
}

/** As upstream's message shows it: its internal type. */
function internalParent({ spec }: IPAddress): unknown {
  const parent = spec?.parentRef;
  if (!parent) return undefined;
  const { group = '', resource = '', namespace = '', name = '' } = parent;
  return { Group: group, Resource: resource, Namespace: namespace, Name: name };
}

export function validateServiceCIDR({ spec }: ServiceCIDR): FieldError[] {
  const errors: Errors = [];
  const path = 'spec.cidrs';
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) {
    errors.push(required(path, 'at least one CIDR required'));
    return errors;
  }
  if (cidrs.length > 2) {
    errors.push(invalidValue(path, cidrs, 'may only hold up to 2 values'));
    return errors;
  }
  const before = errors.length;
  for (const [index, cidr] of cidrs.entries()) {
    checkCidr(cidr, `${path}[${index}]`, errors);
    if (errors.length === before && !isCanonicalCidr(cidr)) {
      const why = `must be in canonical form ("${canonicalCidr(cidr)}")`;
      errors.push(invalidValue(`${path}[${index}]`, cidr, why));
    }
  }
  if (cidrs.length === 2 && ipFamilyOf(cidrs[0]!.split('/')[0]!) === ipFamilyOf(cidrs[1]!.split('/')[0]!))
    errors.push(
      invalidValue(
        path,
        cidrs,
        'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96',
      ),
    );
  return errors;
}

function isCanonicalCidr(cidr: string): boolean {
  return canonicalCidr(cidr) === cidr;
}

/** The network of a range, without bits beyond the prefix. */
function canonicalCidr(cidr: string): string {
  const [address = '', length = '0'] = cidr.split('/');
  const isV4 = isIPv4(address);
  const groups = isV4 ? address.split('.').map(Number) : expandIpv6(address);
  const width = isV4 ? 8 : 16;
  const masked = groups.map((group, index) => {
    const kept = Math.max(0, Math.min(width, Number(length) - index * width));
    return group & ~((1 << (width - kept)) - 1);
  });
  const text = isV4 ? masked.join('.') : canonicalIp(masked.map((group) => group.toString(16)).join(':'));
  return `${text}/${length}`;
}

/** A range stays; a second of the other family may be added. */
export function validateServiceCIDRUpdate(next: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const cidrs = next.spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  const path = 'spec.cidrs';
  if (before.length === 1 && cidrs.length === 2) {
    if (cidrs[0] !== before[0]) return [invalidValue(`${path}[0]`, cidrs[0], immutable)];
    return validateServiceCIDR(next);
  }
  const errors: Errors = [];
  if (cidrs.length !== before.length) checkImmutable(cidrs, before, path, errors);
  // Upstream complains of the first one, whichever it is.
  else
    for (const [index, cidr] of before.entries())
      if (cidr !== cidrs[index]) errors.push(invalidValue(`${path}[0]`, cidrs[0], immutable));
  return errors;
}
