import { isIPv4, isIPv6 } from 'node:net';
import { addInvalid, type Errors } from '../../meta/field-checks.ts';
import { invalidValue } from '../../meta/field-error.ts';
import { invalidCidr, invalidIp, ipFamilyOf } from '../../meta/names.ts';

/** What is wrong with an address in a field that takes only the unambiguous forms. */
export function whyNoIp(text: string): string[] {
  if (ipFamilyOf(text) !== 0) return isMapped(text) ? ['must not be an IPv4-mapped IPv6 address'] : [];
  return isIPv4(withoutLeadingZeros(text)) ? ['must not have leading 0s'] : [invalidIp];
}

/** True of what can be read as an address, be it in a form that fields refuse. */
export function isReadableIp(text: string): boolean {
  return ipFamilyOf(text) !== 0 || isIPv4(withoutLeadingZeros(text));
}

function withoutLeadingZeros(text: string): string {
  return text.replace(/(^|\.)0+(?=\d)/g, '$1');
}

/**
 * An address in a form that all readers take for the same one: no leading zeros, no IPv4-mapped IPv6. Adds one error at
 * most; an empty text is no address.
 */
export function checkIp(text: string, field: string, errors: Errors): void {
  addInvalid(whyNoIp(text), field, text, errors);
}

/** A range of addresses: what its prefix does not cover is zero. */
export function checkCidr(text: string, field: string, errors: Errors): void {
  const why = whyNoCidr(text);
  if (why) errors.push(invalidValue(field, text, why));
}

function whyNoCidr(text: string): string | undefined {
  const range = parseRange(text);
  if (!range) return invalidCidr;
  const { address, plain, bits, size } = range;
  if (address !== plain || String(bits) !== size) return 'must not have leading 0s in IP or prefix length';
  if (isMapped(address)) return 'must not have an IPv4-mapped IPv6 address';
  return firstAddress(address, bits) === canonicalIp(address)
    ? undefined
    : 'must not have bits set beyond the prefix length';
}

interface Range {
  /** The address and the number of bits as they were written. */
  readonly address: string;
  readonly size: string;
  /** The address without leading zeros. */
  readonly plain: string;
  readonly family: 4 | 6;
  readonly bits: number;
}

/** An address and how many of its bits count; leading zeros may stand in both. */
function parseRange(text: string): Range | undefined {
  const [address = '', size = '', ...rest] = text.split('/');
  const plain = withoutLeadingZeros(address);
  const family = ipFamilyOf(plain);
  if (family === 0 || rest.length > 0 || !/^\d+$/.test(size)) return undefined;
  const bits = Number(size);
  return bits <= (family === 4 ? 32 : 128) ? { address, size, plain, family, bits } : undefined;
}

/** The family of a range, 0 where it is none. */
export function cidrFamilyOf(text: string): 0 | 4 | 6 {
  return parseRange(text)?.family ?? 0;
}

/** What is wrong with an address and the size of its subnet (`10.9.8.7/24`), of which only the canonical form will do. */
export function whyNoInterfaceAddress(text: string): string[] {
  const range = parseRange(text);
  if (!range) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const { plain, bits } = range;
  const mapped = ipv4Of(plain);
  const canonical = mapped ? `${mapped}/${bits > 32 ? bits - 96 : bits}` : `${canonicalIp(plain)}/${bits}`;
  return text === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

function isMapped(text: string): boolean {
  return ipv4Of(text) !== undefined;
}

/** The address that an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) stands for. */
function ipv4Of(text: string): string | undefined {
  if (!isIPv6(text)) return undefined;
  const groups = expandIpv6(text);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

/** An address that means one host: not this host, nor a group, nor what only a link knows. */
export function checkOrdinaryIp(text: string, field: string, errors: Errors): void {
  const why = whatIsSpecial(text);
  if (why) errors.push(invalidValue(field, text, why));
}

function whatIsSpecial(text: string): string | undefined {
  if (isIPv4(text)) {
    if (text === '0.0.0.0') return unspecified(text);
    if (text.startsWith('127.')) return loopback;
    if (text.startsWith('169.254.')) return linkLocal;
    return text.startsWith('224.0.0.') ? linkLocalMulticast : undefined;
  }
  if (!isIPv6(text)) return undefined;
  const groups = expandIpv6(text);
  if (groups.every((group) => group === 0)) return unspecified(text);
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return loopback;
  if ((groups[0]! & 0xffc0) === 0xfe80) return linkLocal;
  return (groups[0]! & 0xff0f) === 0xff02 ? linkLocalMulticast : undefined;
}

const unspecified = (text: string): string => `may not be unspecified (${text})`;
const loopback = 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
const linkLocal = 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
const linkLocalMulticast = 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';

/** The eight groups of an IPv6 address. */
export function expandIpv6(text: string): number[] {
  const withHex = text.replace(
    /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/,
    (_, a: string, b: string, c: string, d: string) => {
      const high = (Number(a) << 8) | Number(b);
      const low = (Number(c) << 8) | Number(d);
      return `${high.toString(16)}:${low.toString(16)}`;
    },
  );
  const [head = '', tail] = withHex.split('::');
  const groupsOf = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const front = groupsOf(head);
  if (tail === undefined) return front;
  const back = groupsOf(tail);
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
}

/** The canonical form of an address (RFC 5952): lower case, the longest run of zeros shortened. */
export function canonicalIp(text: string): string {
  if (!isIPv6(text)) return text;
  const groups = expandIpv6(text);
  let best = { at: -1, length: 1 };
  for (let i = 0; i < 8;) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > best.length) best = { at: i, length };
    i += Math.max(length, 1);
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.at < 0) return hex(groups);
  return `${hex(groups.slice(0, best.at))}::${hex(groups.slice(best.at + best.length))}`;
}

/** The address with all but its first bits cleared, in canonical form. */
export function firstAddress(address: string, bits: number): string {
  const isV4 = isIPv4(address);
  const groups = isV4 ? address.split('.').map(Number) : expandIpv6(address);
  const width = isV4 ? 8 : 16;
  const cleared = groups.map((group, index) => {
    const kept = Math.min(Math.max(bits - index * width, 0), width);
    return (group >> (width - kept)) << (width - kept);
  });
  return isV4 ? cleared.join('.') : canonicalIp(cleared.map((group) => group.toString(16)).join(':'));
}
