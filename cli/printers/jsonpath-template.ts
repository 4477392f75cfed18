import { JSONPath } from 'jsonpath-plus';

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'range'; readonly path: string; readonly parts: readonly Part[] };

/**
 * kubectl's JSONPath templates: text with `{expressions}` in it, `{"literal\n"}`, and `{range EXPRESSION}…{end}`. What an
 * expression does not find is left out; several values are parted by spaces. Throws where the template is malformed.
 */
export function printJsonPath(template: string, value: unknown): string {
  const text = template.includes('{') ? template : `{${template}}`;
  return render(parse(text), value);
}

function render(parts: readonly Part[], value: unknown): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'text':
          return part.text;
        case 'path':
          return find(part.path, value).map(show).join(' ');
        case 'range':
          return find(part.path, value)
            .map((item) => render(part.parts, item))
            .join('');
      }
    })
    .join('');
}

function find(path: string, value: unknown): unknown[] {
  if (value === null || typeof value !== 'object') return path === '$' ? [value] : [];
  try {
    return (JSONPath({ path, json: value, wrap: true, eval: 'safe' }) as unknown[] | undefined) ?? [];
  } catch (error) {
    throw new Error(`error parsing jsonpath {${path}}: ${(error as Error).message}`, { cause: error });
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parse(template: string): Part[] {
  const root: Part[] = [];
  const open: { readonly path: string; readonly parts: Part[] }[] = [];
  const add = (part: Part): number => (open.at(-1)?.parts ?? root).push(part);
  for (let at = 0; at < template.length;) {
    const start = template.indexOf('{', at);
    if (start !== at) add({ kind: 'text', text: template.slice(at, start < 0 ? undefined : start) });
    if (start < 0) break;
    const end = closingBrace(template, start);
    const inside = template.slice(start + 1, end).trim();
    at = end + 1;
    if (inside.startsWith('range ')) open.push({ path: normalise(inside.slice('range '.length)), parts: [] });
    else if (inside === 'end') {
      const range = open.pop();
      if (!range) throw new Error('error parsing jsonpath: not in range, nothing to end');
      add({ kind: 'range', ...range });
    } else if (/^["']/.test(inside)) add({ kind: 'text', text: literal(inside) });
    else add({ kind: 'path', path: normalise(inside) });
  }
  if (open.length > 0) throw new Error('error parsing jsonpath: unfinished range');
  return root;
}

/** The brace that ends an expression; those within quotes do not count. */
function closingBrace(template: string, start: number): number {
  let quote = '';
  for (let i = start + 1; i < template.length; i++) {
    const char = template[i]!;
    if (char === '\\') i++;
    else if (quote) quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return i;
  }
  throw new Error(`error parsing jsonpath ${template}: unclosed action`);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function literal(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, char: string) => escapes[char] ?? char);
}

/** To the dialect of the library: a root in front, escaped dots as quoted keys, a negative index as a slice. */
function normalise(expression: string): string {
  const text = expression.trim();
  const rooted = text.startsWith('$')
    ? text
    : text.startsWith('@')
      ? `$${text.slice(1)}`
      : `$${/^[.[]/.test(text) ? '' : '.'}${text}`;
  return rooted
    .replace(/\.((?:[^.[\]\\(]|\\.)*\\\.(?:[^.[\]\\(]|\\.)*)/g, (_, key: string) => `['${key.replaceAll('\\', '')}']`)
    .replace(/\[(-\d+)\]/g, '[$1:]')
    .replace(/^\$\.$/, '$');
}
