/**
 * JSON as Go's `encoding/json` reads it: node's parser does the work, and what it refuses is scanned again to say why in
 * Go's words, which clients see.
 */
export class JsonSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonSyntaxError';
  }
}

/** @throws JsonSyntaxError with Go's message */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw isTooDeep(text) ? tooDeep(text) : new JsonSyntaxError(explainSyntaxError(text));
  }
  if (isTooDeep(text)) throw tooDeep(text);
  return value;
}

/** As `parseJson`, of bytes that need not be UTF-8. */
export function parseJsonBytes(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new JsonSyntaxError(explainBytes(bytes));
  }
}

/** Go's limit on nesting. */
const maxDepth = 10_000;

function tooDeep(text: string): JsonSyntaxError {
  return new JsonSyntaxError(`invalid character '${text.trimStart()[0]}' exceeded max depth`);
}

/** True where a JSON text nests deeper than Go allows. Texts too short for that are not looked at. */
export function isTooDeep(text: string): boolean {
  if (text.length <= maxDepth) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}

const endOfInput = 'unexpected end of JSON input';

class Complaint extends Error {}

/** What Go's scanner says of the first wrong character. */
export function explainSyntaxError(text: string): string {
  return explainBytes(Buffer.from(text));
}

/** Go reads bytes, and shows a wrong one as if it were a character. */
function explainBytes(bytes: Buffer): string {
  try {
    const scanner = new Scanner(bytes.toString('latin1'));
    scanner.value();
    scanner.end();
  } catch (error) {
    if (error instanceof Complaint) return error.message;
    throw error;
  }
  return endOfInput;
}

/** An object or list that has begun and not ended. */
interface Frame {
  readonly path: string;
  readonly isObject: boolean;
  index: number;
  /** Of the value that comes next. */
  childPath: string;
}

/** Walks a text by Go's grammar; tells of every object key it passes. */
class Scanner {
  readonly #text: string;
  readonly #onKey: ((path: string, key: string) => void) | undefined;
  #at = 0;

  constructor(text: string, onKey?: (path: string, key: string) => void) {
    this.#text = text;
    this.#onKey = onKey;
  }

  /** Without recursion: texts nest deeper than calls may. */
  value(): void {
    const open: Frame[] = [];
    for (;;) {
      let isDone = this.#begin(open);
      while (isDone) {
        const frame = open.at(-1);
        if (!frame) return;
        isDone = this.#goOn(frame);
        if (isDone) open.pop();
      }
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#invalid('after top-level value');
  }

  /** Begins a value, which is the next of the innermost open one; true where it is complete already. */
  #begin(open: Frame[]): boolean {
    const path = open.at(-1)?.childPath ?? '';
    const char = this.#next('looking for beginning of value');
    if (char === '{' || char === '[') {
      this.#at++;
      const isObject = char === '{';
      const context = isObject ? 'looking for beginning of object key string' : 'looking for beginning of value';
      if (this.#next(context) === (isObject ? '}' : ']')) {
        this.#at++;
        return true;
      }
      const frame: Frame = { path, isObject, index: 0, childPath: `${path}[0]` };
      if (isObject) this.#key(frame);
      open.push(frame);
      return false;
    }
    if (char === '"') this.#string();
    else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    else {
      const literal = ['true', 'false', 'null'].find((text) => text[0] === char);
      if (literal === undefined) throw this.#invalid('looking for beginning of value');
      this.#literal(literal);
    }
    return true;
  }

  #key(frame: Frame): void {
    if (this.#next('looking for beginning of object key string') !== '"')
      throw this.#invalid('looking for beginning of object key string');
    const key = this.#string();
    this.#onKey?.(frame.path, key);
    if (this.#next('after object key') !== ':') throw this.#invalid('after object key');
    this.#at++;
    frame.childPath = frame.path === '' ? key : `${frame.path}.${key}`;
  }

  /** After a value within an object or a list: false where another follows, true where that was the last. */
  #goOn(frame: Frame): boolean {
    const context = frame.isObject ? 'after object key:value pair' : 'after array element';
    const char = this.#next(context);
    if (char !== ',' && char !== (frame.isObject ? '}' : ']')) throw this.#invalid(context);
    this.#at++;
    if (char !== ',') return true;
    if (frame.isObject) this.#key(frame);
    else frame.childPath = `${frame.path}[${++frame.index}]`;
    return false;
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.#char();
      if (char === '"') {
        this.#at++;
        return JSON.parse(this.#text.slice(start, this.#at)) as string;
      }
      if (char < ' ') throw this.#invalid('in string literal');
      this.#at++;
      if (char !== '\\') continue;
      const escaped = this.#char();
      if (!'bfnrt\\/"u'.includes(escaped)) throw this.#invalid('in string escape code');
      this.#at++;
      if (escaped !== 'u') continue;
      for (let digit = 0; digit < 4; digit++, this.#at++)
        if (!/[0-9a-fA-F]/.test(this.#char())) throw this.#invalid('in \\u hexadecimal character escape');
    }
  }

  #number(): void {
    const isDigit = (): boolean => /\d/.test(this.#text[this.#at] ?? '');
    if (this.#text[this.#at] === '-') {
      this.#at++;
      this.#char();
      if (!isDigit()) throw this.#invalid('in numeric literal');
    }
    if (this.#text[this.#at] === '0') this.#at++;
    else while (isDigit()) this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      this.#char();
      if (!isDigit()) throw this.#invalid('after decimal point in numeric literal');
      while (isDigit()) this.#at++;
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++;
      if (/[+-]/.test(this.#char())) this.#at++;
      this.#char();
      if (!isDigit()) throw this.#invalid('in exponent of numeric literal');
      while (isDigit()) this.#at++;
    }
  }

  #literal(literal: string): void {
    for (const expected of literal) {
      if (this.#char() !== expected) throw this.#invalid(`in literal ${literal} (expecting '${expected}')`);
      this.#at++;
    }
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  /** The next character that is no blank. */
  #next(_context: string): string {
    this.#skipSpace();
    return this.#char();
  }

  #char(): string {
    const char = this.#text[this.#at];
    if (char === undefined) throw new Complaint(endOfInput);
    return char;
  }

  #invalid(context: string): Complaint {
    return new Complaint(`invalid character ${quoteChar(this.#text.charCodeAt(this.#at))} ${context}`);
  }
}

/** A character as Go prints it in these messages. */
function quoteChar(code: number): string {
  if (code === 0x27) return "'\\''";
  if (code === 0x22) return `'"'`;
  return `'${shortEscapes[code] ?? (isPrintable(code) ? String.fromCodePoint(code) : escaped(code))}'`;
}

const shortEscapes: Readonly<Record<number, string>> = {
  0x07: '\\a',
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0b: '\\v',
  0x0c: '\\f',
  0x0d: '\\r',
  0x5c: '\\\\',
};

function isPrintable(code: number): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(String.fromCodePoint(code));
}

function escaped(code: number): string {
  const hex = code.toString(16);
  return code < 0x20 || code === 0x7f ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/**
 * Paths of keys that stand twice in one object of a text that is known to parse to `value`; the parser keeps the last.
 * Costs one pass over the text where there are none.
 */
export function duplicateFields(text: string, value: unknown): string[] {
  if (countColons(text) === countKeys(value)) return [];
  const seen = new Set<string>();
  const duplicates: string[] = [];
  const scanner = new Scanner(text, (path, key) => {
    const field = path === '' ? key : `${path}.${key}`;
    if (seen.has(field)) duplicates.push(field);
    seen.add(field);
  });
  scanner.value();
  return [...new Set(duplicates)];
}

/** Colons outside strings: one for every key there is. */
function countColons(text: string): number {
  let count = 0;
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    const stop = quote < 0 ? text.length : quote;
    for (let i = at; i < stop; i++) if (text.charCodeAt(i) === 0x3a) count++;
    if (quote < 0) return count;
    at = quote + 1;
    for (;;) {
      const end = text.indexOf('"', at);
      let backslashes = 0;
      for (let i = end - 1; i >= at && text.charCodeAt(i) === 0x5c; i--) backslashes++;
      at = end + 1;
      if (backslashes % 2 === 0) break;
    }
  }
}

function countKeys(value: unknown): number {
  let count = 0;
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object') waiting.push(item);
      continue;
    }
    for (const key in next) {
      count++;
      const item = (next as Record<string, unknown>)[key];
      if (typeof item === 'object') waiting.push(item);
    }
  }
  return count;
}
