import {
  checkKey,
  makeRequirement,
  SelectorError,
  type LabelOperator,
  type LabelRequirement,
} from './label-requirement.ts';

type Token = {
  readonly kind: 'identifier' | 'end' | 'error' | '(' | ')' | ',' | Exclude<LabelOperator, 'exists'>;
  readonly text: string;
};

const symbols: ReadonlyMap<string, Token['kind']> = new Map<string, Token['kind']>([
  [')', ')'],
  [',', ','],
  ['!', '!'],
  ['==', '=='],
  ['=', '='],
  ['>', 'gt'],
  ['in', 'in'],
  ['<', 'lt'],
  ['!=', '!='],
  ['notin', 'notin'],
  ['(', '('],
]);

function tokenize(whole: string): Token[] {
  // Upstream's lexer takes a NUL for the end.
  const text = whole.split('\0', 1)[0]!;
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[ \t\r\n]/.test(text[at]!)) {
      at++;
      continue;
    }
    const special = /^[=!(),<>]/.test(text[at]!);
    if (special) {
      // Longest known symbol of the run; what follows is a token of its own.
      let end = at;
      let found: Token | undefined;
      while (end < text.length && /[=!(),<>]/.test(text[end]!)) {
        const kind = symbols.get(text.slice(at, end + 1));
        if (kind) found = { kind, text: text.slice(at, end + 1) };
        else if (found) break;
        end++;
      }
      tokens.push(found ?? { kind: 'error', text: `error expected: keyword found '${text.slice(at, end)}'` });
      at = found ? at + found.text.length : end;
    } else {
      let end = at;
      while (end < text.length && !/[=!(),<> \t\r\n]/.test(text[end]!)) end++;
      const word = text.slice(at, end);
      tokens.push({ kind: symbols.get(word) ?? 'identifier', text: word });
      at = end;
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Requirements of a selector's text, in its order. Throws SelectorError with upstream's message. */
export function parseRequirements(text: string): LabelRequirement[] {
  return new Parser(text).parse();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  /** `in` and `notin` are words where a key or value may stand. */
  #peek(asOperator = false): Token {
    const token = this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
    return !asOperator && (token.kind === 'in' || token.kind === 'notin') ? { ...token, kind: 'identifier' } : token;
  }

  #next(asOperator = false): Token {
    const token = this.#peek(asOperator);
    this.#at++;
    return token;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const first = this.#peek();
      if (first.kind === 'end') return requirements;
      if (first.kind !== 'identifier' && first.kind !== '!')
        throw new SelectorError(`found '${first.text}', expected: !, identifier, or 'end of string'`);
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        throw new SelectorError(`unable to parse requirement: ${(error as Error).message}`);
      }
      const after = this.#next();
      if (after.kind === 'end') return requirements;
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== 'identifier' && following.kind !== '!')
        throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelRequirement {
    let token = this.#next();
    const negated = token.kind === '!';
    if (negated) token = this.#next();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    if (negated) return makeRequirement(key, '!', []);
    const following = this.#peek();
    if (following.kind === 'end' || following.kind === ',') return makeRequirement(key, 'exists', []);
    const operator = this.#next(true);
    switch (operator.kind) {
      case 'in':
      case 'notin':
        return makeRequirement(key, operator.kind, this.#values());
      case '=':
      case '==':
      case '!=':
      case 'gt':
      case 'lt':
        return makeRequirement(key, operator.kind, [this.#exactValue()]);
      default:
        throw new SelectorError(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.kind === ',') return '';
    this.#at++;
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #values(): string[] {
    const open = this.#next();
    if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ')') {
      this.#at++;
      return [''];
    }
    if (first.kind !== 'identifier' && first.kind !== ',')
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#identifiers();
    if (this.#next().kind !== ')') throw new SelectorError(`found '${first.text}', expected: ')'`);
    return values;
  }

  /** Empty items count as the empty value: `(,a)`, `(a,)`. */
  #identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'identifier') {
        values.push(token.text);
        const after = this.#peek();
        if (after.kind === ')') return values;
        if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') {
        if (values.length === 0) values.push('');
        const after = this.#peek();
        if (after.kind === ')') {
          values.push('');
          return values;
        }
        if (after.kind === ',') {
          this.#at++;
          values.push('');
        }
      } else {
        throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }
}
