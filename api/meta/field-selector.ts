import { SelectorError } from './label-selector.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** A parsed field selector: all requirements must hold; none selects everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  /** `read` gives the value of a field, empty where there is none. */
  matches(read: (field: string) => string): boolean;
  /** The one value a field must have, where the selector asks for one. */
  requiredValue(field: string): string | undefined;
  toString(): string;
}

/** Parses `a=b,c!=d`; `\` escapes itself, `,` and `=` in values. Throws SelectorError with upstream's message. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const found = /!=|==|=/.exec(term);
    if (!found) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    requirements.push({
      field: term.slice(0, found.index),
      operator: found[0] === '!=' ? '!=' : '=',
      value: unescapeValue(term.slice(found.index + found[0].length)),
    });
  }
  return fieldSelectorOf(requirements);
}

/** A selector from requirements, as a client builds one. */
export function fieldSelectorOf(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    matches: (read) => requirements.every((r) => (read(r.field) === r.value) === (r.operator === '=')),
    requiredValue: (field) => requirements.find((r) => r.field === field && r.operator === '=')?.value,
    toString: () => requirements.map((r) => `${r.field}${r.operator}${escapeValue(r.value)}`).join(','),
  };
}

/** Makes a value safe to stand in a field selector. */
export function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function splitTerms(text: string): string[] {
  if (text === '') return [];
  const terms: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  let value = '';
  let escaping = false;
  for (const char of text) {
    if (escaping) {
      if (!'\\,='.includes(char)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${char}`);
      value += char;
      escaping = false;
    } else if (char === '\\') {
      escaping = true;
    } else if (char === ',' || char === '=') {
      // Go prints the rune as its number.
      throw new SelectorError(`invalid field selector: unescaped character in value: ${char.codePointAt(0)}`);
    } else {
      value += char;
    }
  }
  if (escaping) throw new SelectorError('invalid field selector: invalid escape sequence: \\');
  return value;
}
