import type { YAMLException } from 'js-yaml';

/**
 * What upstream's parser (go-yaml, after libyaml) says where ours cannot go on: `line 3: did not find expected key`. Its
 * scanner counts lines from one and its parser from zero, and neither names the first.
 */
export function explainYamlError(error: YAMLException, text: string): string {
  const place: Place = { reason: error.reason, text, line: error.mark?.line ?? 0, column: error.mark?.column ?? 0 };
  for (const [pattern, explain] of explanations) if (pattern.test(error.reason)) return explain(place);
  return scanner(error.reason, place.line);
}

interface Place {
  readonly reason: string;
  readonly text: string;
  /** Both from zero. */
  readonly line: number;
  readonly column: number;
}

const scanner = (what: string, line: number): string => (line > 0 ? `line ${line + 1}: ${what}` : what);
const parser = (what: string, line: number): string => (line > 0 ? `line ${line}: ${what}` : what);
const lineAt = ({ text }: Place, line: number): string => text.split('\n')[line] ?? '';

const noToken = 'found character that cannot start any token';
const noKey = 'did not find expected key';
const noMapping = 'mapping values are not allowed in this context';

const explanations: readonly (readonly [RegExp, (place: Place) => string])[] = [
  [/unexpected end of the stream within|deficient indentation/i, unfinished],
  [/tab characters? must not be used|tabs? .*indentation/i, tab],
  [/bad indentation of a (mapping|sequence) entry/i, misplaced],
  [/nested mappings are not allowed/i, ({ line }) => scanner(noMapping, line)],
  [/can ?not read a block mapping entry|implicit (key|mapping pair)/i, ({ line }) => scanner("could not find expected ':'", line)], // prettier-ignore
  [/missed comma between flow collection entries/i, unfinished],
  [/end of the stream or a document separator is expected/i, afterEnd],
  [/directives end mark is expected/i, directive],
  [/name of an alias node/i, ({ line }) => scanner('did not find expected alphabetic or numeric character', line)],
  [/unknown escape sequence/i, ({ line }) => scanner('found unknown escape character', line)],
  [/null byte|non-printable|control character/i, () => 'control characters are not allowed'],
];

/** A quoted text or a list or map in brackets that does not end. */
function unfinished(place: Place): string {
  const { text, line } = place;
  if (openAt(text) === 'quote') return scanner('found unexpected end of stream', text.split('\n').length - 1);
  const before = text.split('\n').slice(0, line + 1);
  before[line] = lineAt(place, line).slice(0, place.column);
  return parser(`did not find expected ',' or '${openAt(before.join('\n')) === '{' ? '}' : ']'}'`, line);
}

/** What is open at the end of a text: the innermost bracket, or a quoted text. */
function openAt(text: string): string | undefined {
  const open: string[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    const isStart = at === 0 || /[\s[{,]/.test(text[at - 1]!);
    if (quote) {
      if (char === '\\' && quote === '"') at++;
      else if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && isStart) quote = char;
    else if (char === '#' && isStart)
      at = Math.max(at, text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at));
    else if ((char === '[' || char === '{') && (isStart || open.length > 0)) open.push(char);
    else if ((char === ']' || char === '}') && open.length > 0) open.pop();
  }
  return quote ? 'quote' : open.at(-1);
}

const maxLookedAt = 1024;

/** A tab may go on with the plain text of the line before, were it deep enough; elsewhere it begins nothing. */
function tab(place: Place): string {
  // Expressions below look at blanks again and again.
  const before = lineAt(place, place.line - 1)
    .slice(0, maxLookedAt)
    .replace(/\s+#.*$/, '')
    .trimEnd();
  const value = /^\s*(?:-\s+)*(?:[^\s:]+:\s+)?(.*)$/.exec(before)?.[1] ?? '';
  const isPlain = value !== '' && !value.endsWith(':') && !/^["'[{|>&*!%@`#]/.test(value);
  return scanner(isPlain ? 'found a tab character that violates indentation' : noToken, place.line);
}

/** Something where a key or an item of a block should be. */
function misplaced(place: Place): string {
  const { line, column, reason } = place;
  const before = lineAt(place, line).slice(0, column);
  const char = lineAt(place, line)[column] ?? '';
  if (char === ':') return scanner(noMapping, line);
  if (char === '@' || char === '`') return scanner(noToken, line);
  if (/[\]}]/.test(char) && /[:-]\s+$/.test(before)) return parser('did not find expected node content', line);
  return parser(reason.includes('sequence') ? "did not find expected '-' indicator" : noKey, line);
}

function afterEnd(place: Place): string {
  const isItem = /^-(\s|$)/.test(lineAt(place, place.line));
  return parser(isItem ? noKey : 'did not find expected <document start>', place.line);
}

function directive({ text }: Place): string {
  const line = text.split('\n').findIndex((each) => /^%(?!YAML\b|TAG\b)/.test(each));
  if (line >= 0) return scanner('found unknown directive name', line);
  return 'did not find expected <document start>';
}
