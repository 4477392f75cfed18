import type { Environment, ParseError } from '@marcbachmann/cel-js';
import type { SourceError } from './source-error.ts';

/** Tokens that may begin an expression, as ANTLR lists them for CEL's grammar; `extra` stand where they may too. */
const literals = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";
const expecting = {
  expression: `{'[', '{', '(', '.', '-', '!', ${literals}}`,
  argument: `{'[', '{', '(', ')', '.', '-', '!', ${literals}}`,
  listItem: `{'[', ']', '{', '(', '.', ',', '-', '!', '?', ${literals}}`,
  mapKey: `{'[', '{', '}', '(', '.', ',', '-', '!', '?', ${literals}}`,
} as const;

const closers: Readonly<Record<string, string>> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':' };

/** More than this many errors help nobody. */
const maxErrors = 30;

/**
 * The syntax errors of an expression in the words of cel-go's ANTLR parser: what the lexer does not know and what stands
 * in the way is left out and the rest read again, as its recovery does. Undefined where only the library is at a loss:
 * message literals (`Object{}`), which it does not read.
 */
export function syntaxErrors(environment: Environment, text: string): SourceError[] | undefined {
  const errors: SourceError[] = [];
  let rest = text;
  while (errors.length < maxErrors) {
    const complaint = complaintOf(environment, rest);
    if (!complaint) break;
    if (complaint === 'unsupported') return errors.length ? errors : undefined;
    errors.push(...complaint.errors);
    if (!complaint.skip) break;
    const [from, to] = complaint.skip;
    rest = rest.slice(0, from) + ' '.repeat(to - from) + rest.slice(to);
  }
  return errors;
}

interface Complaint {
  readonly errors: readonly SourceError[];
  /** What to leave out to go on. */
  readonly skip?: readonly [number, number];
}

function complaintOf(environment: Environment, text: string): Complaint | 'unsupported' | undefined {
  try {
    environment.parse(text);
    return undefined;
  } catch (thrown) {
    if ((thrown as Error).name !== 'ParseError') throw thrown;
    const error = thrown as ParseError;
    const at = error.range?.start ?? text.length;
    const token = tokenAt(text, at);
    const shown = token || '<EOF>';
    const next = tokenAt(text, skipSpace(text, at + token.length));
    const syntax = (message: string, place = at): SourceError => ({ at: place, message: `Syntax error: ${message}` });
    switch (error.code) {
      case 'unterminated_string':
      case 'newline_in_string': {
        const end = text.indexOf('\n', at);
        const bad = text.slice(at, end < 0 ? undefined : end);
        return { errors: [syntax(`token recognition error at: '${bad}'`)], skip: [at, at + bad.length] };
      }
      case 'unexpected_character': {
        if (token === '{') return 'unsupported';
        if (!isToken(token)) {
          // The lexer gives up one character later than the first, where that alone could have begun a token.
          const bad = text.slice(at, at + (/[|&=]/.test(token) ? 2 : 1));
          return { errors: [syntax(`token recognition error at: '${bad}'`)], skip: [at, at + bad.length] };
        }
        const kind = next === '' ? 'extraneous' : 'mismatched';
        return { errors: [syntax(`${kind} input '${shown}' expecting <EOF>`)] };
      }
      case 'unexpected_token': {
        const wanted = expecting[placeOf(text, at)];
        const isInTheWay = token !== '' && startsExpression(next);
        const message = `${isInTheWay ? 'extraneous' : 'mismatched'} input '${shown}' expecting ${wanted}`;
        return { errors: [syntax(message)], ...(isInTheWay ? { skip: [at, at + token.length] as const } : {}) };
      }
      case 'expected_token': {
        const wanted = /^Expected (\w+)/.exec(error.summary)?.[1] ?? '';
        if (wanted === 'IDENTIFIER') {
          const dot = text.lastIndexOf('.', at - 1);
          return { errors: [syntax(`no viable alternative at input '${text.slice(dot, at).trim()}${token}'`)] };
        }
        const closer = closers[wanted];
        if (closer === undefined) return 'unsupported';
        if (token === '{') return 'unsupported';
        const isMissing =
          closer !== ':' && (token === '' || /^[)\]},:?]$|^(?:[=!<>]=|[<>+\-*/%]|&&|\|\|)$/.test(token));
        return {
          errors: [
            syntax(
              isMissing ? `missing '${closer}' at '${shown}'` : `mismatched input '${shown}' expecting '${closer}'`,
            ),
          ],
        };
      }
      case 'reserved_identifier':
        return { errors: [{ at, message: `reserved identifier: ${token}` }] };
      default:
        return 'unsupported';
    }
  }
}

/** What may stand where an expression is missing, told by what opened last before it. */
function placeOf(text: string, at: number): keyof typeof expecting {
  const before = text.slice(0, at).trimEnd();
  if (/[\w)\]]\s*\($/.test(before) && !/\b(?:in)\s*\($/.test(before)) return 'argument';
  if (before.endsWith('[') && /(?:^|[^\w)\]])$/.test(before.slice(0, -1).trimEnd())) return 'listItem';
  if (before.endsWith('{')) return 'mapKey';
  return 'expression';
}

const skipSpace = (text: string, at: number): number => at + /^\s*/.exec(text.slice(at))![0].length;

/** The text of the token at a place, '' at the end. */
function tokenAt(text: string, at: number): string {
  const rest = text.slice(at);
  const token =
    /^(?:[A-Za-z_]\w*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?u?|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[=!<>]=|&&|\|\|)/.exec(
      rest,
    );
  return token?.[0] ?? rest.slice(0, 1);
}

const isToken = (token: string): boolean => /^(?:\w|["'()[\]{}.,:?!<>+\-*/%]|[=!<>]=|&&|\|\|)/.test(token);

const startsExpression = (token: string): boolean => /^[\w"'([{.\-!]/.test(token) && token !== 'in';
