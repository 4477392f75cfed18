import { isIPv4, isIPv6 } from 'node:net';
import { canonicalIp, firstAddress } from './ip-validation.ts';

/** Warns of an IPv6 address that is not written as RFC 5952 would. */
export function warnOfIp(address: string, path: string, warnings: string[]): void {
  if (!isIPv6(address)) return;
  const canonical = canonicalIp(address);
  if (canonical !== address)
    warnings.push(`${path}: IPv6 address "${address}" should be in RFC 5952 canonical format ("${canonical}")`);
}

/** Warns of an address range that does not begin at its first address, or is not written as RFC 5952 would. */
export function warnOfCidr(cidr: string, path: string, warnings: string[]): void {
  const [address = '', length = ''] = cidr.split('/');
  if (!isIPv4(address) && !isIPv6(address)) return;
  const bits = Number(length);
  const first = firstAddress(address, bits);
  const canonical = canonicalIp(address);
  if (first !== canonical) {
    const single = `${canonical}/${isIPv4(address) ? 32 : 128}`;
    warnings.push(
      `${path}: CIDR value "${cidr}" is ambiguous in this context (should be "${first}/${bits}" or "${single}"?)`,
    );
  }
  if (isIPv6(address) && `${canonical}/${bits}` !== cidr)
    warnings.push(`${path}: IPv6 CIDR value "${cidr}" should be in RFC 5952 canonical format ("${canonical}/${bits}")`);
}

/** Of the addresses where load balancers take traffic in; upstream names the entry, not the address in it. */
export function balancerWarnings(ingress: readonly { readonly ip?: string }[] | undefined): string[] {
  const warnings: string[] = [];
  for (const [index, { ip }] of (ingress ?? []).entries())
    if (ip) warnOfIp(ip, `status.loadBalancer.ingress[${index}]`, warnings);
  return warnings;
}
