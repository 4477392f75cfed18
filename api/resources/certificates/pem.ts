import { X509Certificate } from 'node:crypto';
import { whyNoCertificateStructure, whyNoRequestStructure } from './der.ts';

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
    const body = lines
      .filter((line) => !line.includes(':'))
      .join('')
      .replace(/[ \t]/g, '');
    if (body.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(body)) {
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
  return whyNoRequestStructure(block.bytes);
}

/** What is wrong with issued certificates: base64 of PEM blocks, each one certificate; in the words of Go's parser. */
export function whyNoCertificates(base64: string): string | undefined {
  const { blocks } = pemBlocks(base64);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const block of blocks) {
    if (block.type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found "${block.type}"`;
    if (block.hasHeaders) return 'no PEM block headers are permitted';
    if (block.bytes.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    const why = whyNoCertificateStructure(block.bytes);
    if (why) return why;
    try {
      new X509Certificate(block.bytes);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}
