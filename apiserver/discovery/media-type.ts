/** One acceptable type of an `Accept` header, best first: `application/json;v=v2` has params `{v: 'v2'}`. */
export interface MediaRange {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Parses an `Accept` header, sorted by quality; an absent or empty one accepts anything. */
export function parseAccept(header: string | string[] | undefined): MediaRange[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  if (text.trim() === '') return [{ type: '*/*', params: {} }];
  return text
    .split(',')
    .map((part) => {
      const [type = '', ...rest] = part.split(';').map((p) => p.trim());
      const params: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const each of rest) {
        const equals = each.indexOf('=');
        if (equals > 0) params[each.slice(0, equals).trim().toLowerCase()] = each.slice(equals + 1).trim();
      }
      const { q, ...others } = params;
      return { type: type.toLowerCase(), params: others, quality: q === undefined ? 1 : Number(q) };
    })
    .filter((range) => range.type !== '' && range.quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ type, params }) => ({ type, params }));
}

/** Does the range take `type` (`application/json`), wildcards included? Parameters are the caller's to look at. */
export function takes(range: MediaRange, type: string): boolean {
  return range.type === type || range.type === '*/*' || range.type === `${type.slice(0, type.indexOf('/'))}/*`;
}
