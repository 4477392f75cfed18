/** Addresses of services, and the ranges they come from. */
import { checkImmutable, checkPathSegment, checkSubdomain, immutable, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type { IPAddress, ParentReference, ServiceCIDR } from '../../schema/generated/networking-v1.ts';
import { canonicalIp, checkCidr, cidrFamilyOf, whyNoIp } from '../core/ip-validation.ts';

/** An address is named by its canonical text. For `validateName` of the row. */
export function nameIsCanonicalIp(name: string): string[] {
  const why = whyNoIp(name);
  if (why.length) return why;
  const canonical = canonicalIp(name);
  return canonical === name ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/**
 * Upstream's `ValidateIPAddress`: a parent is needed, by resource and name; whether it exists is not asked. The address
 * is the object's name, which `nameIsCanonicalIp` checks.
 */
export function validateIPAddress({ spec }: IPAddress): FieldError[] {
  const errors: Errors = [];
  if (!spec?.parentRef) errors.push(required('spec.parentRef'));
  else validateParent(spec.parentRef, 'spec.parentRef', errors);
  return errors;
}

function validateParent({ group, resource, namespace, name }: ParentReference, path: string, errors: Errors): void {
  if (group) checkSubdomain(group, `${path}.group`, errors);
  checkPathSegment(resource, `${path}.resource`, errors);
  checkPathSegment(name, `${path}.name`, errors);
  if (namespace) checkPathSegment(namespace, `${path}.namespace`, errors);
}

/** What `validateIPAddress` says of `next`, and then that the parent may not change. */
export function validateIPAddressUpdate(next: IPAddress, old: IPAddress): FieldError[] {
  const errors = validateIPAddress(next);
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

/**
 * Upstream's `ValidateServiceCIDR`: one range, or one of each IP family, in canonical form. Of no range, or more than
 * two, that is all it says.
 */
export function validateServiceCIDR({ spec }: ServiceCIDR): FieldError[] {
  const errors: Errors = [];
  const path = 'spec.cidrs';
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) {
    errors.push(required(path, 'at least one CIDR required'));
    return errors;
  }
  if (cidrs.length > 2) {
    // As upstream's message shows it: its internal type.
    errors.push(invalidValue(path, { CIDRs: cidrs }, 'may only hold up to 2 values'));
    return errors;
  }
  for (const [index, cidr] of cidrs.entries()) checkCanonicalCidr(cidr, `${path}[${index}]`, errors);
  const [first = '', second = ''] = cidrs;
  if (cidrs.length === 2 && cidrFamilyOf(first) !== 0 && cidrFamilyOf(first) === cidrFamilyOf(second)) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    errors.push(invalidValue(path, cidrs, why));
  }
  return errors;
}

function checkCanonicalCidr(cidr: string, field: string, errors: Errors): void {
  const before = errors.length;
  checkCidr(cidr, field, errors);
  const [address = '', bits = ''] = cidr.split('/');
  const canonical = `${canonicalIp(address)}/${bits}`;
  if (errors.length === before && cidr !== canonical)
    errors.push(invalidValue(field, cidr, `must be in canonical form (${JSON.stringify(canonical)})`));
}

/** A range stays; a second of the other family may be added. */
export function validateServiceCIDRUpdate(next: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const cidrs = next.spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  const path = 'spec.cidrs';
  const errors: Errors = [];
  const isGrown = before.length === 1 && cidrs.length === 2;
  if (cidrs.length !== before.length && !isGrown) errors.push(invalidValue(path, next.spec?.cidrs, immutable));
  else
    for (const [index, cidr] of before.entries())
      if (cidr !== cidrs[index]) errors.push(invalidValue(`${path}[${index}]`, cidrs[index], immutable));
  if (isGrown) errors.push(...validateServiceCIDR(next));
  return errors;
}
