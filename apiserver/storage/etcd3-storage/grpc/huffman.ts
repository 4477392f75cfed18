/** Lengths in bits of the codes of the 256 bytes and of the end of string, a digit of base 36 each (RFC 7541, appendix B). */
const lengths =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6' +
  'f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu';
const endOfString = 256;
const longestBits = 30;

/** The code is canonical: in order of length and symbol the codes of one length follow each other. */
interface Group {
  readonly first: number;
  readonly symbols: readonly number[];
}

const groups = codeGroups();

function codeGroups(): readonly Group[] {
  const made: Group[] = [];
  let code = 0;
  for (let bits = 0; bits <= longestBits; bits++) {
    const symbols = [...lengths].flatMap((digit, symbol) => (parseInt(digit, 36) === bits ? [symbol] : []));
    made.push({ first: code, symbols });
    code = (code + symbols.length) * 2;
  }
  return made;
}

/** Bytes of a string in HPACK's Huffman code. Throws where the code or its padding is wrong (RFC 7541, 5.2). */
export function decodeHuffman(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift--) {
      code = code * 2 + ((byte >> shift) & 1);
      bits++;
      const symbol = groups[bits]?.symbols[code - groups[bits]!.first];
      if (symbol === endOfString) throw new Error('end of string within a Huffman code');
      if (symbol === undefined) {
        if (bits === longestBits) throw new Error('not a Huffman code');
        continue;
      }
      out.push(symbol);
      code = 0;
      bits = 0;
    }
  }
  if (bits > 7 || code !== 2 ** bits - 1) throw new Error('a Huffman code is cut off');
  return Buffer.from(out);
}
