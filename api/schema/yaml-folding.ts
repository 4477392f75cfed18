/** go-yaml breaks a line at the first single space after this column. */
const bestWidth = 80;

/** `  - key: value`: indentation, dashes and the key. What begins with a quote or a dash is no plain key. */
const head = /^( *)((?:- )*)((?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(?!- )[^\s'"|][^\n]*?): (?=\S))?/;
const blockScalar = /^[|>][-+0-9]*$/;

/**
 * Long scalars of a YAML document go on in further lines, as go-yaml writes them. `text` has every scalar but literal
 * blocks on one line, and is indented by two spaces.
 */
export function foldLongLines(text: string): string {
  if (!hasLongLine(text)) return text;
  const folded: string[] = [];
  /** Deeper lines than this belong to a literal block; -1 outside of one. */
  let blockIndent = -1;
  for (const line of text.split('\n')) {
    if (blockIndent >= 0 && (line === '' || indentOf(line) > blockIndent)) {
      folded.push(line);
      continue;
    }
    const [start, indent = '', dashes = '', key = ''] = head.exec(line)!;
    const column = indent.length + dashes.length;
    const value = line.slice(start.length);
    blockIndent = !blockScalar.test(value) ? -1 : key ? column : column - 2;
    const continuation = key || !dashes ? column + 2 : column;
    folded.push(line.length > bestWidth ? start + foldValue(value, start.length, ' '.repeat(continuation)) : line);
  }
  return folded.join('\n');
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

function hasLongLine(text: string): boolean {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    if (end < 0) return text.length - from > bestWidth;
    if (end - from > bestWidth) return true;
    from = end + 1;
  }
  return false;
}

function foldValue(value: string, startColumn: number, indent: string): string {
  const isDouble = value.startsWith('"');
  const quote = isDouble || value.startsWith("'") ? 1 : 0;
  // Characters, not UTF-16 units, make a column.
  const chars = [...value];
  let folded = '';
  let column = startColumn;
  for (const [i, char] of chars.entries()) {
    const isInside = i > quote && i < chars.length - 1 - quote;
    const isFirstSpace = char === ' ' && chars[i - 1] !== ' ';
    const isLastSpace = chars[i + 1] !== ' ';
    if (isFirstSpace && column > bestWidth && isInside && (isLastSpace || isDouble)) {
      // Spaces that begin a line are lost but for double quotes, where they can be escaped.
      const escape = isLastSpace ? '' : '\\';
      folded += `\n${indent}${escape}`;
      column = indent.length + escape.length;
    } else {
      folded += char;
      column++;
    }
  }
  return folded;
}
