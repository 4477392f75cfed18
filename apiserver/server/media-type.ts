/** One acceptable type of an `Accept` header: `application/json;v=v2` has params `{v: 'v2'}`. */
export interface MediaRange {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

type Clause = MediaRange & { readonly quality: number };

/**
 * Parses an `Accept` header, best first: by quality, and types named in full before wildcards. An absent or empty one
 * accepts anything.
 */
export function parseAccept(header: string | string[] | undefined): MediaRange[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  if (text.trim() === '') return [{ type: '*/*', params: {} }];
  const clauses = text
    .split(',')
    .map(parseClause)
    .filter(({ type, quality }) => type !== '' && quality > 0);
  return inOrder(clauses).map(({ type, params }) => ({ type, params }));
}

function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const each of rest) {
    const equals = each.indexOf('=');
    if (equals > 0) params[each.slice(0, equals).trim().toLowerCase()] = each.slice(equals + 1).trim();
  }
  const { q, ...others } = params;
  return { type: type.toLowerCase(), params: others, quality: q === undefined ? 1 : Number(q) };
}

/** Upstream's order, which is none in the strict sense: what is named in full passes a wildcard of any quality. */
function inOrder(clauses: readonly Clause[]): Clause[] {
  const isBefore = (a: Clause, b: Clause): boolean =>
    a.quality > b.quality ||
    (!a.type.startsWith('*') && b.type.startsWith('*')) ||
    (!a.type.endsWith('/*') && b.type.endsWith('/*'));
  const ordered: Clause[] = [];
  for (const clause of clauses) {
    let at = ordered.length;
    while (at > 0 && isBefore(clause, ordered[at - 1]!)) at--;
    ordered.splice(at, 0, clause);
  }
  return ordered;
}

/** Does the range take `type` (`application/json`), wildcards included? Parameters are the caller's to look at. */
export function takes(range: MediaRange, type: string): boolean {
  return range.type === type || range.type === '*/*' || range.type === `${type.slice(0, type.indexOf('/'))}/*`;
}
