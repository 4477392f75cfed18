/** Addresses read as the language of upstream reads them, which takes and refuses other ones than `URL` does. */

export interface GoUrl {
  readonly scheme: string;
  readonly host: string;
  /** With the password where one is given, undefined without. */
  readonly user: string | undefined;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** What `parseGoUrl` throws; the message names the address as upstream's does. */
export class GoUrlError extends Error {
  constructor(text: string, why: string) {
    super(`parse ${JSON.stringify(text)}: ${why}`);
  }
}

/**
 * As Go's `url.Parse`: the scheme in lower case, host, path and fragment unescaped, user and query as they are written.
 * Absent parts are empty, an absent user is undefined. Throws GoUrlError.
 */
export function parseGoUrl(text: string): GoUrl {
  const [address, fragment] = cut(text, '#');
  let named = address;
  try {
    const url = parseWithoutFragment(address);
    named = text;
    return { ...url, fragment: unescapePart(fragment, false) };
  } catch (cause) {
    if (cause instanceof PartError) throw new GoUrlError(named, cause.message);
    throw cause;
  }
}

class PartError extends Error {}

function parseWithoutFragment(address: string): Omit<GoUrl, 'fragment'> {
  if (/[\u0000-\u001f\u007f]/.test(address)) throw new PartError('net/url: invalid control character in URL');
  if (address.startsWith(':')) throw new PartError('missing protocol scheme');
  const [, given = '', tail] = /^(?:([a-z][a-z0-9+.-]*):)?(.*)$/is.exec(address)!;
  const scheme = given.toLowerCase();
  const [rest, query] = cut(tail!, '?');
  const opaque = { scheme, host: '', user: undefined, path: '', query };
  if (!rest.startsWith('/')) {
    if (scheme) return opaque;
    if (cut(rest, '/')[0].includes(':')) throw new PartError('first path segment in URL cannot contain colon');
  }
  if (!rest.startsWith('//') || (!scheme && rest.startsWith('///')))
    return { ...opaque, path: unescapePart(rest, false) };
  const end = rest.indexOf('/', 2);
  const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user !== undefined && !/^[\w.:~!$&'()*+,;=%@-]*$/.test(user)) throw new PartError('net/url: invalid userinfo');
  return { ...opaque, host, user, path: end < 0 ? '' : unescapePart(rest.slice(end), false) };
}

function parseHost(host: string): string {
  const isBracketed = host.startsWith('[');
  const closing = host.lastIndexOf(']');
  if (isBracketed && closing < 0) throw new PartError("missing ']' in host");
  const colon = host.lastIndexOf(':');
  const port = isBracketed ? host.slice(closing + 1) : colon < 0 ? '' : host.slice(colon);
  if (!/^(?::[0-9]*)?$/.test(port)) throw new PartError(`invalid port ${JSON.stringify(port)} after host`);
  return unescapePart(host, true);
}

/** Hosts take escapes of what is not ASCII only. */
function unescapePart(text: string, isHost: boolean): string {
  for (const { index } of text.matchAll(/%/g)) {
    const escape = text.slice(index, index + 3);
    const isSound = /^%[0-9a-f]{2}$/i.test(escape);
    if (!isSound || (isHost && /^%[0-7]/.test(escape) && escape !== '%25'))
      throw new PartError(`invalid URL escape ${JSON.stringify(escape)}`);
  }
  const strange = isHost ? /[^\w.~!$&'()*+,;=:[\]<>"%\u0080-\uffff-]/.exec(text) : null;
  if (strange) throw new PartError(`invalid character ${JSON.stringify(strange[0])} in host name`);
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString());
}

/** The text before a mark and the one behind it, which is empty where the mark is not there. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
