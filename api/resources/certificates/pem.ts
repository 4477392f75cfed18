import { X509Certificate } from 'node:crypto';

interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

/** The PEM blocks of base64 text, as Go's `pem.Decode` finds them; other text between them is passed over. */
function pemBlocks(base64: string): { blocks: PemBlock[]; rest: string } {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const pattern = /-----BEGIN ([^\n-]+)-----\r?\n([\s\S]*?)-----END \1-----[^\S\n]*\n?/g;
  const blocks: PemBlock[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const lines = match[2]!.split(/\r?\n/);
    const hasHeaders = lines.some((line) => line.includes(':'));
    const body = lines.filter((line) => !line.includes(':')).join('');
    if (/^[A-Za-z0-9+/=\s]*$/.test(body)) {
      blocks.push({ type: match[1]!, hasHeaders, bytes: Buffer.from(body, 'base64') });
      end = match.index + match[0].length;
    }
  }
  return { blocks, rest: text.slice(end) };
}

/** What is wrong with a certificate request, which is base64 of PEM; in the words of Go's parser. */
export function whyNoRequest(base64: string): string | undefined {
  const [block] = pemBlocks(base64).blocks;
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  const { bytes } = block;
  // A sequence of one certification request, and nothing after it.
  if (bytes.length < 2) return `asn1: syntax error: ${bytes.length === 0 ? 'sequence' : 'data'} truncated`;
  if (bytes[0] !== sequenceTag) return 'asn1: structure error: malformed certificate request';
  const length = derLength(bytes);
  if (length > bytes.length) return 'asn1: syntax error: data truncated';
  return length < bytes.length ? 'asn1: syntax error: trailing data' : undefined;
}

const sequenceTag = 0x30;

/** The length of a DER value with its header. */
function derLength(bytes: Buffer): number {
  const first = bytes[1] ?? 0;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  return 2 + count + bytes.subarray(2, 2 + count).reduce((length, byte) => length * 256 + byte, 0);
}

/** What is wrong with issued certificates: base64 of PEM blocks, each one certificate; in the words of Go's parser. */
export function whyNoCertificates(base64: string): string | undefined {
  const { blocks } = pemBlocks(base64);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const block of blocks) {
    if (block.type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found "${block.type}"`;
    if (block.hasHeaders) return 'no PEM block headers are permitted';
    if (block.bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    if (!isCertificate(block.bytes)) return 'x509: malformed certificate';
  }
  return undefined;
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}
