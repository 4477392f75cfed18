/**
 * YAML as upstream reads and writes it (sigs.k8s.io/yaml, which is YAML 1.1 of a kind): `yes`, `on` and `n` are booleans,
 * `0644` is octal, times stay strings, keys become strings.
 */
import {
  DEFAULT_SCALAR_STYLE_RULES,
  EVENT_ID,
  NOT_RESOLVED,
  SCALAR_STYLE,
  Schema,
  FAILSAFE_SCHEMA,
  YAMLException,
  defineScalarTag,
  dump,
  getScalarValue,
  parseEvents,
  type Event,
  type ScalarEvent,
  type ScalarLayout,
} from 'js-yaml';
import { setOwn } from './decode.ts';

/** Carries upstream's message, `yaml: …`; the API answers it as 400. */
export class YamlError extends Error {
  constructor(message: string) {
    super(`yaml: ${message}`);
    this.name = 'YamlError';
  }
}

export interface YamlDocument {
  /** As JSON.parse would give it; null for an empty document. */
  readonly value: unknown;
  /** What strict decoding reports, the last of the values having won: `line 9: key "a" already set in map`. */
  readonly duplicates: readonly string[];
}

/** Reads the first document of the text; others are ignored, as upstream's decoder does. Throws YamlError. */
export function parseYaml(text: string): YamlDocument {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: 10_000 });
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlError(goMessage(error));
    throw error;
  }
  const builder = new Builder(text, events);
  return { value: builder.document(), duplicates: builder.duplicates };
}

/** The value of the first document, duplicates resolved to the last. Throws YamlError. */
export function yamlToJson(text: string): unknown {
  return parseYaml(text).value;
}

/** YAML text of a JSON value, keys sorted: the body of an answer to `Accept: application/yaml`. */
export function jsonToYaml(value: unknown): string {
  return dump(sortedKeys(value), {
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
}

type Scalar = string | number | boolean | null;

const words: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((w) => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((w) => [w, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((w) => [w, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((w) => [w, NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((w) => [w, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((w) => [w, -Infinity] as const),
]);

const floatText = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const timestampText =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\s*\d{1,2}:\d{2}:\d{2}(?:\.\d+)?\s*(?:Z|[-+]\d{1,2}(?::?\d{2})?)?)?$/;

/** A plain scalar's value. */
function resolvePlain(text: string): Scalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text[0]!;
  if (!/[-+.0-9]/.test(first) || timestampText.test(text)) return text;
  if (first === '.') return floatText.test(text) ? Number(text) : text;
  const plain = text.replaceAll('_', '');
  const integer = parseInteger(plain);
  if (integer !== undefined) return integer;
  return floatText.test(plain) ? Number(plain) : text;
}

/** As Go's ParseInt with base 0: `0x1f`, `0o17`, `017`, `0b1`, signed. Beyond 64 bits it is no integer. */
function parseInteger(text: string): number | undefined {
  const match = /^([-+]?)(?:0x([0-9a-fA-F]+)|0b([01]+)|0o?([0-7]+)|([1-9][0-9]*|0))$/i.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const magnitude = BigInt(hex ? `0x${hex}` : binary ? `0b${binary}` : octal ? `0o${octal}` : decimal!);
  if (magnitude >= 1n << (sign === '-' ? 63n : 64n)) return undefined;
  return Number(sign === '-' ? -magnitude : magnitude);
}

class Builder {
  readonly duplicates: string[] = [];
  readonly #text: string;
  readonly #events: readonly Event[];
  #at = 0;
  /** Where an anchor's node begins among the events. An alias reads it again, so that no two places share an object. */
  readonly #anchors = new Map<string, number>();
  readonly #open = new Set<string>();
  #aliasDepth = 0;
  #made = 0;
  #madeByAlias = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  document(): unknown {
    if (this.#events.length === 0) return null;
    this.#at = 1;
    const first = this.#events[1];
    return first === undefined || first.type === EVENT_ID.POP ? null : this.#node();
  }

  #node(): unknown {
    this.#countNode();
    const event = this.#events[this.#at]!;
    const start = this.#at++;
    if (event.type === EVENT_ID.ALIAS) return this.#alias(this.#slice(event.anchorStart, event.anchorEnd));
    if (event.type === EVENT_ID.SCALAR) {
      this.#anchor(event, start);
      return this.#scalar(event);
    }
    if (event.type !== EVENT_ID.SEQUENCE && event.type !== EVENT_ID.MAPPING) throw new YamlError('unexpected event');
    const anchor = this.#anchor(event, start);
    if (anchor !== undefined) this.#open.add(anchor);
    const value = event.type === EVENT_ID.SEQUENCE ? this.#sequence() : this.#mapping();
    if (anchor !== undefined) this.#open.delete(anchor);
    return value;
  }

  #anchor(event: { readonly anchorStart: number; readonly anchorEnd: number }, at: number): string | undefined {
    if (event.anchorStart < 0) return undefined;
    const name = this.#slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, at);
    return name;
  }

  #alias(name: string): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) throw new YamlError(`unknown anchor '${name}' referenced`);
    if (this.#open.has(name)) throw new YamlError(`anchor '${name}' value contains itself`);
    const back = this.#at;
    this.#at = target;
    this.#aliasDepth++;
    const value = this.#node();
    this.#aliasDepth--;
    this.#at = back;
    return value;
  }

  /** A few lines of aliases can stand for gigabytes; the bound is upstream's. */
  #countNode(): void {
    this.#made++;
    if (this.#aliasDepth > 0) this.#madeByAlias++;
    if (this.#madeByAlias <= 100 || this.#made <= 1000) return;
    const [low, high] = [400_000, 4_000_000];
    const allowed =
      this.#made <= low ? 0.99 : this.#made >= high ? 0.1 : 0.99 - 0.89 * ((this.#made - low) / (high - low));
    if (this.#madeByAlias / this.#made > allowed) throw new YamlError('document contains excessive aliasing');
  }

  #sequence(): unknown[] {
    const items: unknown[] = [];
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) items.push(this.#node());
    this.#at++;
    return items;
  }

  #mapping(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const own = new Set<string>();
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#at]!;
      const key = this.#node();
      if (key === '<<' && keyEvent.type === EVENT_ID.SCALAR && keyEvent.style === SCALAR_STYLE.PLAIN) {
        this.#merge(map, own, this.#node());
        continue;
      }
      const name = keyText(key);
      if (own.has(name))
        this.duplicates.push(`line ${this.#lineOf(keyEvent)}: key ${keyInMessage(key)} already set in map`);
      own.add(name);
      setOwn(map, name, this.#node());
    }
    this.#at++;
    return map;
  }

  #merge(map: Record<string, unknown>, own: ReadonlySet<string>, source: unknown): void {
    for (const each of Array.isArray(source) ? source.toReversed() : [source]) {
      if (typeof each !== 'object' || each === null || Array.isArray(each))
        throw new YamlError('map merge requires map or sequence of maps as the value');
      for (const [key, value] of Object.entries(each)) if (!own.has(key)) setOwn(map, key, value);
    }
  }

  #scalar(event: ScalarEvent): Scalar {
    const text = getScalarValue(this.#text, event);
    const tag = event.tagStart < 0 ? '' : this.#slice(event.tagStart, event.tagEnd);
    if (tag === '') return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text;
    switch (tag.replace(/^!!|^!<tag:yaml\.org,2002:(.*)>$/, '$1')) {
      case 'int':
      case 'float':
      case 'bool':
      case 'null':
        return resolvePlain(text);
      case 'binary':
        return Buffer.from(text, 'base64').toString('utf8');
      default:
        return text;
    }
  }

  #slice(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  #lineOf(event: Event): number {
    const at =
      event.type === EVENT_ID.SCALAR ? event.valueStart : event.type === EVENT_ID.ALIAS ? event.anchorStart : 0;
    let line = 1;
    for (let i = this.#text.indexOf('\n'); i >= 0 && i < at; i = this.#text.indexOf('\n', i + 1)) line++;
    return line;
  }
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  if (key === null) return 'null';
  throw new YamlError(`invalid map key: ${JSON.stringify(key)}`);
}

/** As Go's %#v shows it. */
const keyInMessage = (key: unknown): string => (typeof key === 'string' ? JSON.stringify(key) : String(key));

/** js-yaml's complaint in the words of upstream's parser, which names the line unless it is the first. */
function goMessage(error: YAMLException): string {
  const reason = goReasons.find(([pattern]) => pattern.test(error.reason))?.[1] ?? error.reason;
  const line = error.mark?.line ?? 0;
  return line > 0 ? `line ${line + 1}: ${reason}` : reason;
}

const goReasons: readonly (readonly [RegExp, string])[] = [
  [
    /nested mappings are not allowed|bad indentation of a mapping entry|multiple.*implicit key/i,
    'mapping values are not allowed in this context',
  ],
  [/tab characters? must not be used|tabs? .*indentation/i, 'found character that cannot start any token'],
  [/unexpected end of the stream within a (single|double) quoted/i, 'found unexpected end of stream'],
  [/cannot read a block mapping entry|implicit mapping pair/i, "could not find expected ':'"],
  [/bad indentation of a sequence entry/i, "did not find expected '-' indicator"],
  [/missed comma between flow collection entries/i, "did not find expected ',' or ']'"],
  [/end of the stream or a document separator is expected/i, 'did not find expected <document start>'],
  [/unexpected end of the stream within a flow collection/i, "did not find expected ',' or ']'"],
];

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

const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** Upstream's choice: lines as a literal block, look-alikes in double quotes, other trouble in single ones. */
function quoteLikeGo(layout: ScalarLayout): void {
  const { node } = layout;
  if (node.tag !== 'tag:yaml.org,2002:str') return;
  const allows = (style: number): boolean => (layout.allowedStylesMask & (1 << style)) !== 0;
  if (node.value.includes('\n') && !layout.isKey && allows(SCALAR_STYLE.LITERAL_BLOCK))
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
