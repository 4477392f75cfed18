import { isIP, isIPv4 } from 'node:net';

export type IPFamily = 'IPv4' | 'IPv6';

/** The family of an address; the text must be one. */
export function familyOf(address: string): IPFamily {
  return isIPv4(address) ? 'IPv4' : 'IPv6';
}

/** The addresses of a CIDR that services may have: without the network's own and, for IPv4, the broadcast address. */
export interface IPRange {
  readonly cidr: string;
  readonly family: IPFamily;
  /** How many there are; at most 2^64, as upstream uses no more of an IPv6 range. */
  readonly size: bigint;
  contains(address: string): boolean;
  /** The address at an offset from 0 to size - 1. */
  at(offset: bigint): string;
}

/** Undefined where the text is no CIDR. */
export function parseRange(cidr: string): IPRange | undefined {
  const [base = '', bitsText = ''] = cidr.split('/');
  const version = isIP(base);
  const bits = Number(bitsText);
  const total = version === 6 ? 128 : 32;
  if (!version || !/^\d+$/.test(bitsText) || bits > total) return undefined;
  const hostBits = BigInt(total - bits);
  const network = (addressNumber(base) >> hostBits) << hostBits;
  const first = network + 1n;
  const last = network + (1n << hostBits) - 1n - (version === 4 ? 1n : 0n);
  const size = last < first ? 0n : minOf(last - first + 1n, 1n << 64n);
  return {
    cidr,
    family: version === 6 ? 'IPv6' : 'IPv4',
    size,
    contains: (address) => {
      if (isIP(address) !== version) return false;
      const number = addressNumber(address);
      return number >= first && number < first + size;
    },
    at: (offset) => addressText(first + offset, version),
  };
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function addressNumber(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':').flatMap(hexGroups));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** An IPv6 address may end in an IPv4 one: two groups. */
function hexGroups(part: string): string[] {
  if (!part.includes('.')) return [part];
  const number = addressNumber(part);
  return [(number >> 16n).toString(16), (number & 0xffffn).toString(16)];
}

function addressText(number: bigint, version: number): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((number >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}
