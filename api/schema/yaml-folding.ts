/** go-yaml breaks a line at the first single space after this column. */
const bestWidth = 80;

/** `  - key: value`: where the value begins, and how far in the lines stand that go on with it. */
const keyed = /^( *(?:- )*)(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#][^:]*(?::\S[^:]*)*): (?=\S)/;
const item = /^ *(?:- )+(?=\S)/;
const blockScalar = /^[|>][+-]?\d?$/;

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
    const indent = line.length - line.trimStart().length;
    if (blockIndent >= 0 && (line === '' || indent > blockIndent)) {
      folded.push(line);
      continue;
    }
    blockIndent = -1;
    const match = keyed.exec(line) ?? item.exec(line);
    const start = match?.[0].length ?? 0;
    const parent = match?.[1]?.length ?? Math.max(start - 2, 0);
    if (blockScalar.test(line.slice(start))) blockIndent = match?.[1] === undefined ? indent : parent;
    folded.push(line.length > bestWidth ? foldLine(line, start, ' '.repeat(parent + 2)) : line);
  }
  return folded.join('\n');
}

function hasLongLine(text: string): boolean {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    if (end < 0) return text.length - from > bestWidth;
    if (end - from > bestWidth) return true;
    from = end + 1;
  }
  return false;
}

function foldLine(line: string, start: number, indent: string): string {
  const lines: string[] = [];
  let from = 0;
  /** Characters, not UTF-16 units, of the line that is being written. */
  let column = 0;
  let lead = '';
  const last = line.length - (line[start] === "'" || line[start] === '"' ? 3 : 2);
  for (let i = 0; i < line.length; i++) {
    const isLow = (line.charCodeAt(i) & 0xfc00) === 0xdc00;
    const isSingleSpace = line[i] === ' ' && line[i - 1] !== ' ' && line[i + 1] !== ' ';
    if (isSingleSpace && i > start + 1 && i <= last && column > bestWidth) {
      lines.push(lead + line.slice(from, i));
      lead = indent;
      from = i + 1;
      column = indent.length;
    } else if (!isLow) column++;
  }
  lines.push(lead + line.slice(from));
  return lines.join('\n');
}
