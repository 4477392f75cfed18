/** Base64 as Go's standard encoding reads it, for fields that are bytes. */

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Canonical standard base64; newlines are skipped as Go does. Throws with the position Go's decoder names. */
export function canonicalBase64(text: string): string {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  if (!base64Text.test(plain)) throw new Error(`illegal base64 data at input byte ${badBase64Byte(text)}`);
  // Stray bits in the last character are not data; Go's encoder writes them as zero.
  return plain.endsWith('=') ? Buffer.from(plain, 'base64').toString('base64') : plain;
}

/** Where Go's base64 decoder stops: the first character it cannot use, counting bytes of the whole text. */
function badBase64Byte(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  let inQuantum = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (c === 0x0a || c === 0x0d) continue;
    const char = String.fromCharCode(c);
    if (/[A-Za-z0-9+/]/.test(char)) {
      inQuantum = (inQuantum + 1) % 4;
      continue;
    }
    if (char !== '=' || inQuantum < 2) return i;
    let end = i + 1;
    const skipNewlines = (): void => {
      while (end < bytes.length && (bytes[end] === 0x0a || bytes[end] === 0x0d)) end++;
    };
    skipNewlines();
    if (inQuantum === 2) {
      if (end >= bytes.length) return bytes.length;
      if (bytes[end] !== 0x3d) return end;
      end++;
      skipNewlines();
    }
    return end;
  }
  // An incomplete last group: Go names where it began.
  return bytes.length - inQuantum;
}
