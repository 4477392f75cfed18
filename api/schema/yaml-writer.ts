import {
  DEFAULT_SCALAR_STYLE_RULES,
  FAILSAFE_SCHEMA,
  NOT_RESOLVED,
  SCALAR_STYLE,
  Schema,
  defineScalarTag,
  dump,
  type ScalarLayout,
} from 'js-yaml';
import { setOwn } from './decode.ts';
import { foldLongLines } from './yaml-folding.ts';
import { resolvePlain, timestampText, type Scalar } from './yaml-scalar.ts';

/** YAML text of a JSON value, keys sorted: the body of an answer to `Accept: application/yaml`. */
export function jsonToYaml(value: unknown): string {
  const text = dump(sortedKeys(value), {
    schema: writeSchema,
    seqNoIndent: true,
    lineWidth: -1,
    noRefs: true,
    scalarStyleRules: [
      quoteLikeGo,
      DEFAULT_SCALAR_STYLE_RULES.quoteInvalidPlain,
      DEFAULT_SCALAR_STYLE_RULES.fallbackToDoubleQuoted,
    ],
  });
  // What marks the end of a document after open lines is for streams of them.
  return foldLongLines(text.replace(/\n\.\.\.\n$/, '\n'));
}

const resolvedTag = (
  name: string,
  accepts: (value: Scalar, text: string) => boolean,
): ReturnType<typeof defineScalarTag> =>
  defineScalarTag<unknown>(`tag:yaml.org,2002:${name}`, {
    implicit: true,
    resolve: (source) => {
      const value = resolvePlain(source);
      return accepts(value, source) ? value : NOT_RESOLVED;
    },
    identify: (data: unknown) =>
      name === 'null'
        ? data === null
        : name === 'bool'
          ? typeof data === 'boolean'
          : name === 'float' && typeof data === 'number',
    represent: (data: unknown) => String(data),
  });

/** What a reader takes for something else than a string, so that strings of that look are quoted. */
const writeSchema = new Schema([
  ...FAILSAFE_SCHEMA.tags,
  resolvedTag('null', (value) => value === null),
  resolvedTag('bool', (value) => typeof value === 'boolean'),
  resolvedTag('float', (value) => typeof value === 'number'),
]);

function looksLikeOther(text: string): boolean {
  return typeof resolvePlain(text) !== 'string' || timestampText.test(text) || text === '<<' || base60.test(text);
}

const unprintable = /[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]/;

/** What only double quotes can tell: tabs and other unprintable characters, and spaces that end a line. */
function isOnlyEscaped(text: string): boolean {
  return unprintable.test(text) || text.includes(' \n') || (text.endsWith(' ') && text.includes('\n'));
}

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Upstream's choice: lines as a literal block, look-alikes in double quotes, other trouble in single ones. */
function quoteLikeGo(layout: ScalarLayout): void {
  const { node } = layout;
  if (node.tag !== 'tag:yaml.org,2002:str') return;
  const allows = (style: number): boolean => (layout.allowedStylesMask & (1 << style)) !== 0;
  if (isOnlyEscaped(node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
  else if (node.value.includes('\n') && !layout.isKey && allows(SCALAR_STYLE.LITERAL_BLOCK))
    layout.style = SCALAR_STYLE.LITERAL_BLOCK;
  else if (looksLikeOther(node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(naturally))
    setOwn(sorted, key, sortedKeys((value as Record<string, unknown>)[key]));
  return sorted;
}

const isLetter = (c: string): boolean => /\p{L}/u.test(c);
const isDigit = (c: string | undefined): boolean => c !== undefined && /\p{Nd}/u.test(c);

/** The order of keys in upstream's output: numbers inside by value, letters after the rest. */
function naturally(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let digits = false;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) {
      digits = isDigit(x);
      continue;
    }
    const [xIsLetter, yIsLetter] = [isLetter(x), isLetter(y)];
    if (xIsLetter && yIsLetter) return x < y ? -1 : 1;
    if (xIsLetter || yIsLetter) return (digits ? xIsLetter : yIsLetter) ? -1 : 1;
    const run = (chars: readonly string[]): string => {
      let end = i;
      while (isDigit(chars[end])) end++;
      return chars.slice(i, end).join('');
    };
    const [m, n] = [run(a), run(b)];
    if (Number(m) !== Number(n)) return Number(m) - Number(n);
    if (m.length !== n.length) return m.length - n.length;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}
