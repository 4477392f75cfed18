/** The tag and length that start a DER value, and where its content starts. */
interface Header {
  readonly class: number;
  readonly tag: number;
  readonly length: number;
  readonly isCompound: boolean;
  readonly contentStart: number;
}

interface Expected {
  readonly tag: number;
  readonly isCompound: boolean;
  /** Go's name of the structure, for errors. */
  readonly name: string;
}

const sequence = 16;
const bitString = 3;

const requestParts: readonly Expected[] = [
  { tag: sequence, isCompound: true, name: 'tbsCertificateRequest' },
  { tag: sequence, isCompound: true, name: 'AlgorithmIdentifier' },
  { tag: bitString, isCompound: false, name: 'BitString' },
];

/** What keeps DER bytes from being a certificate request, as Go's `asn1.Unmarshal` says it; the parts' contents are not read. */
export function whyNoRequestStructure(bytes: Buffer): string | undefined {
  const whole = readValue(bytes, 0, { tag: sequence, isCompound: true, name: 'certificateRequest' });
  if (typeof whole === 'string') return whole;
  const content = bytes.subarray(whole.start, whole.end);
  let offset = 0;
  for (const part of requestParts) {
    const value = readValue(content, offset, part);
    if (typeof value === 'string') return value;
    offset = value.end;
  }
  return whole.end < bytes.length ? 'asn1: syntax error: trailing data' : undefined;
}

/** What keeps DER bytes from being certificates one after the other, as Go's `x509.ParseCertificates` says it of their structure. */
export function whyNoCertificateStructure(bytes: Buffer): string | undefined {
  for (let offset = 0; offset < bytes.length;) {
    const whole = readValue(bytes, offset, { tag: sequence, isCompound: true, name: '' });
    if (typeof whole === 'string') return 'x509: malformed certificate';
    const content = bytes.subarray(whole.start, whole.end);
    if (typeof readValue(content, 0, { tag: sequence, isCompound: true, name: '' }) === 'string')
      return 'x509: malformed tbs certificate';
    offset = whole.end;
  }
  return undefined;
}

function readValue(bytes: Buffer, offset: number, expected: Expected): { start: number; end: number } | string {
  if (offset === bytes.length) return 'asn1: syntax error: sequence truncated';
  const header = readHeader(bytes, offset);
  if (typeof header === 'string') return header;
  const { contentStart, ...found } = header;
  if (found.class !== 0 || found.tag !== expected.tag || found.isCompound !== expected.isCompound)
    return `asn1: structure error: tags don't match (${expected.tag} vs {class:${found.class} tag:${found.tag} length:${found.length} isCompound:${found.isCompound}}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} ${expected.name} @${contentStart}`;
  const end = contentStart + found.length;
  return end > bytes.length ? 'asn1: syntax error: data truncated' : { start: contentStart, end };
}

function readHeader(bytes: Buffer, start: number): Header | string {
  let offset = start;
  const first = bytes[offset++]!;
  let tag = first & 0x1f;
  if (tag === 0x1f) {
    tag = 0;
    for (let count = 0; ; count++) {
      if (offset >= bytes.length) return 'asn1: syntax error: truncated base 128 integer';
      if (count === 5) return 'asn1: structure error: base 128 integer too large';
      const byte = bytes[offset++]!;
      if (count === 0 && byte === 0x80) return 'asn1: syntax error: integer is not minimally encoded';
      tag = tag * 128 + (byte & 0x7f);
      if (byte < 0x80) break;
    }
    if (tag > 0x7fffffff) return 'asn1: structure error: base 128 integer too large';
    if (tag < 0x1f) return 'asn1: syntax error: non-minimal tag';
  }
  const truncated = 'asn1: syntax error: truncated tag or length';
  if (offset >= bytes.length) return truncated;
  let length = bytes[offset++]!;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) return 'asn1: syntax error: indefinite length found (not DER)';
    length = 0;
    for (let index = 0; index < count; index++) {
      if (offset >= bytes.length) return truncated;
      if (length >= 1 << 23) return 'asn1: structure error: length too large';
      length = length * 256 + bytes[offset++]!;
      if (length === 0) return 'asn1: structure error: superfluous leading zeros in length';
    }
    if (length < 0x80) return 'asn1: structure error: non-minimal length';
  }
  return { class: first >> 6, tag, length, isCompound: (first & 0x20) !== 0, contentStart: offset };
}
