import type { ApiResponse } from '../request.ts';

/** The longest texts of all warnings together that still go out whole; client and proxies limit headers. */
const maxWarningChars = 4096;

/** Puts the texts into `Warning` headers (RFC 7234 §5.5, code 299), each once. */
export function withWarnings(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  if (warnings.length === 0) return response;
  const texts: string[] = [];
  let length = 0;
  for (const text of new Set(warnings)) {
    length += text.length;
    if (length > maxWarningChars) break;
    texts.push(`299 - "${escapeText(text)}"`);
  }
  response.headers['warning'] = texts;
  return response;
}

/** Quoted-string of RFC 7230; line breaks cannot stand in a header. */
function escapeText(text: string): string {
  return text
    .replace(/[\\"]/g, '\\$&')
    .replace(/[\r\n]+/g, ' ')
    .replace(/[^\t\x20-\x7e]/gu, (char) => Buffer.from(char).toString('latin1'));
}
