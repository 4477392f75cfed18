import type { LabelSelector } from '../schema/generated/meta-v1.ts';
import type { DeepReadonly } from './object.ts';
import { isQualifiedName, isValidLabelValue } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without duplicates. */
  readonly values: readonly string[];
}

/** A parsed selector: all requirements must hold. None selects everything; `matchesNothing` selects nothing. */
export interface Selector {
  readonly requirements: readonly LabelRequirement[];
  readonly matchesNothing: boolean;
  matches(labels: Labels | undefined | null): boolean;
  /** Upstream's text form, sorted by key: `a=b,!c,d in (x,y)`. */
  toString(): string;
}

/** Carries upstream's message; the API answers it as 400. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SelectorError';
  }
}

/** Parses `a=b,c!=d,e in (x,y),!f,g,n>5`. Throws SelectorError. */
export function parseLabelSelector(text: string): Selector {
  const requirements = new Parser(text).parse();
  return selectorOf(requirements);
}

export const everything: Selector = selectorOf([]);
export const nothing: Selector = { ...selectorOf([]), matchesNothing: true, matches: () => false, toString: () => '' };

const operatorOf: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * The selector of a `LabelSelector` object: none at all selects nothing, an empty one everything. Throws SelectorError
 * for what validation refuses too.
 */
export function labelSelectorOf(selector: DeepReadonly<LabelSelector> | undefined | null): Selector {
  if (!selector) return nothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    requirements.push(makeRequirement(key, '=', [value]));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const op = Object.hasOwn(operatorOf, operator) ? operatorOf[operator] : undefined;
    if (!op) throw new SelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    requirements.push(makeRequirement(key, op, values ?? []));
  }
  return selectorOf(requirements);
}

/** The selector that wants exactly these labels: a Service's or a ReplicationController's. */
export function selectorFromLabels(labels: Labels | undefined | null): Selector {
  return selectorOf(Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })));
}

/** As kubectl prints a LabelSelector: `<none>` where it is empty. */
export function formatLabelSelector(selector: DeepReadonly<LabelSelector> | undefined | null): string {
  try {
    return labelSelectorOf(selector).toString() || '<none>';
  } catch {
    return '<error>';
  }
}

function selectorOf(unsorted: readonly LabelRequirement[]): Selector {
  const requirements = unsorted.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements,
    matchesNothing: false,
    matches: (labels) => requirements.every((r) => holds(r, labels)),
    toString: () => requirements.map(formatRequirement).join(','),
  };
}

function holds(requirement: LabelRequirement, labels: Labels | undefined | null): boolean {
  const { key, values } = requirement;
  const has = labels !== undefined && labels !== null && Object.hasOwn(labels, key);
  switch (requirement.operator) {
    case '=':
    case '==':
      return has && labels[key] === values[0];
    case 'in':
      return has && values.includes(labels[key]!);
    case '!=':
    case 'notin':
      return !has || !values.includes(labels[key]!);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
    case 'lt': {
      const actual = has ? parseInt64(labels[key]!) : undefined;
      if (actual === undefined) return false;
      const wanted = parseInt64(values[0]!)!;
      return requirement.operator === 'gt' ? actual > wanted : actual < wanted;
    }
  }
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

const quote = (text: string): string => JSON.stringify(text);

/** Checks as upstream's `labels.NewRequirement`; its errors name paths below no field, hence `<nil>`. */
function makeRequirement(key: string, operator: LabelOperator, given: readonly string[]): LabelRequirement {
  checkKey(key);
  const values = [...new Set(given)].sort();
  const errors: string[] = [];
  const bad = (path: string, message: string, value: string = `[${values.map(quote).join(',')}]`): void => {
    errors.push(`${path}: Invalid value: ${value}: ${message}`);
  };
  switch (operator) {
    case 'in':
    case 'notin':
      if (values.length === 0) bad('values', "for 'in', 'notin' operators, values set can't be empty");
      break;
    case '=':
    case '==':
    case '!=':
      if (values.length !== 1) bad('values', 'exact-match compatibility requires one single value');
      break;
    case 'exists':
    case '!':
      if (values.length !== 0) bad('values', 'values set must be empty for exists and does not exist');
      break;
    case 'gt':
    case 'lt':
      if (values.length !== 1) bad('values', "for 'Gt', 'Lt' operators, exactly one value is required");
      values.forEach((value, i) => {
        if (parseInt64(value) === undefined)
          bad(`values[${i}]`, "for 'Gt', 'Lt' operators, the value must be an integer", quote(value));
      });
  }
  values.forEach((value, i) => {
    const wrong = isValidLabelValue(value);
    if (wrong.length > 0) bad(`values[${i}][${key}]`, wrong.join('; '), quote(value));
  });
  if (errors.length > 0) throw new SelectorError(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  return { key, operator, values };
}

function checkKey(key: string): void {
  const wrong = isQualifiedName(key);
  if (wrong.length > 0) throw new SelectorError(`<nil>: Invalid value: ${quote(key)}: ${wrong.join('; ')}`);
}

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
