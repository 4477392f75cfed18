import type { ApiResponse } from '../request.ts';

/** Runes of all texts together up to which they go out whole; clients and proxies limit headers. */
const maxRunes = 4096;
/** Of each text, once there are more; then texts are added until they too come to so many. */
const maxRunesOfOne = 256;

/** Puts the texts into `Warning` headers (RFC 7234 §5.5, code 299), each once, shortened as upstream shortens many. */
export function withWarnings(response: ApiResponse, warnings: readonly string[]): ApiResponse {
  if (warnings.length === 0) return response;
  const texts = [...new Set(warnings)].filter((text) => text !== '');
  response.headers['warning'] = fitting(texts).map((text) => `299 - "${escapeText(text)}"`);
  return response;
}

function fitting(texts: readonly string[]): readonly string[] {
  let total = 0;
  for (const text of texts) total += [...text].length;
  if (total <= maxRunes) return texts;
  const fit: string[] = [];
  let runes = 0;
  for (const text of texts) {
    const start = [...text].slice(0, maxRunesOfOne);
    fit.push(start.join(''));
    runes += start.length;
    if (runes >= maxRunes) break;
  }
  return fit;
}

/** Quoted-string of RFC 7230; line breaks cannot stand in a header. */
function escapeText(text: string): string {
  return text
    .replace(/[\\"]/g, '\\$&')
    .replace(/[\r\n]+/g, ' ')
    .replace(/[^\t\x20-\x7e]/gu, (char) => Buffer.from(char).toString('latin1'));
}
