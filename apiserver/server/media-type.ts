/** One acceptable type of an `Accept` header: `application/json;v=v2` has params `{v: 'v2'}`. */
export interface MediaRange {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

type Clause = MediaRange & { readonly quality: number };

/**
 * Parses an `Accept` header, best first: by quality, and types named in full before wildcards. An absent or empty one
 * accepts anything. As upstream (goautoneg), case counts, a quality of 0 still takes, and what has no slash is left out.
 */
export function parseAccept(header: string | string[] | undefined): MediaRange[] {
  const text = textOf(header);
  if (text.trim() === '') return [{ type: '*/*', params: {} }];
  const clauses = text
    .split(',')
    .map(parseClause)
    .filter((clause) => clause !== undefined);
  return inOrder(clauses).map(({ type, params }) => ({ type, params }));
}

const textOf = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join(',') : (header ?? '');

function parseClause(text: string): Clause | undefined {
  const [first = '', ...rest] = text.split(';');
  const name = first.trim();
  const type = name === '*' ? '*/*' : name;
  if (!/^[^/]*\/[^/]+$/.test(type)) return undefined;
  const params: Record<string, string> = Object.create(null) as Record<string, string>;
  let quality = 1;
  for (const each of rest) {
    const [key, value, ...more] = each.split('=');
    if (!value || more.length > 0) continue;
    if (key!.trim() === 'q') quality = Number(value) || 0;
    else params[key!.trim()] = value.trim();
  }
  return { type, params, quality };
}

/**
 * Does the header name one of the types, or all there are? This is what upstream's router asks before a handler: it
 * looks at no parameters, and knows no wildcard but the one for everything.
 */
export function isRouted(header: string | string[] | undefined, types: readonly string[]): boolean {
  const text = textOf(header);
  if (text.trim() === '') return true;
  return text.split(',').some((clause) => {
    const type = clause.split(';', 1)[0]!.trim();
    return type === '*/*' || types.includes(type);
  });
}

/** What a range asks an answer to be turned into; undefined where it asks for nothing of the kind. */
export function conversionOf({
  params,
}: MediaRange): { readonly kind: string; readonly group: string; readonly version: string } | undefined {
  const { as, g, v } = params;
  if (as === undefined && g === undefined && v === undefined) return undefined;
  return { kind: as ?? '', group: g ?? '', version: v ?? '' };
}

/** May a handler answer the range in a type? `stream` asks for events, which not all types have; `sv` for another server's version. */
export function takesParams({ params: { stream, sv } }: MediaRange, type: string): boolean {
  return (stream === undefined || (stream === 'watch' && type !== 'application/yaml')) && sv === undefined;
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
