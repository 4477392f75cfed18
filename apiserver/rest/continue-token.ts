import { ApiError, badRequest, expired } from '../../api/meta/errors.ts';
import { goJsonKind } from '../../api/meta/go-value.ts';
import { JsonSyntaxError, parseJsonBytes } from '../../api/meta/json-text.ts';

/** Where a list goes on: the revision of its first page (-1: whatever is newest) and the key to start at. */
export interface Continuation {
  readonly revision: number;
  readonly startKey: string;
}

const version = 'meta.k8s.io/v1';

/** The token of a continuation; opaque to clients. The key is told relative to the list's prefix. */
export function encodeContinue(prefix: string, continuation: Continuation): string {
  const start = continuation.startKey.slice(prefix.length);
  return Buffer.from(JSON.stringify({ v: version, rv: continuation.revision, start })).toString('base64url');
}

/** @throws ApiError BadRequest where the token is none of ours, in upstream's words */
export function decodeContinue(prefix: string, token: string): Continuation {
  const { v = '', rv = 0, start = '' } = readToken(token);
  if (v !== version) throw notValid(`: server does not recognize this encoded version ${v}`);
  if (rv === 0) throw notValid(`: incorrect encoded start resourceVersion (version ${version})`);
  if (start === '') throw notValid(`: encoded start key empty (version ${version})`);
  const path = start.startsWith('/') ? start : `/${start}`;
  // A key must not lead out of the prefix.
  if (/\/(?:\/|\.{1,2}(?:\/|$))/.test(path) || (path.length > 1 && path.endsWith('/'))) throw notValid(`: ${start}`);
  return { revision: rv, startKey: prefix + path.slice(1) };
}

/** What a client with a token of a revision that is gone is told; the Status has a token that goes on with what is. */
export function tooOldToContinue(prefix: string, startKey: string): ApiError {
  return new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    { metadata: { continue: encodeContinue(prefix, { revision: -1, startKey }) } },
  );
}

/** For a list at a revision that is gone. */
export function tooOldToList(): ApiError {
  return expired('The resourceVersion for the provided list is too old.');
}

const types = { v: 'string', rv: 'number', start: 'string' } as const;
const goTypes = { v: 'string', rv: 'int64', start: 'string' } as const;

interface Token {
  readonly v?: string;
  readonly rv?: number;
  readonly start?: string;
}

function readToken(token: string): Token {
  const wrongAt = wrongBase64At(token);
  if (wrongAt >= 0) throw notValid(`: illegal base64 data at input byte ${wrongAt}`);
  let value: unknown;
  try {
    value = parseJsonBytes(Buffer.from(token, 'base64url'));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw notValid(`: ${error.message}`);
    throw error;
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw notValid(`: json: cannot unmarshal ${goJsonKind(value)} into Go value of type storage.continueToken`);
  for (const name of ['v', 'rv', 'start'] as const) {
    const field = (value as Record<string, unknown>)[name] ?? undefined;
    if (field !== undefined && typeof field !== types[name])
      throw notValid(
        `: json: cannot unmarshal ${goJsonKind(field)} into Go struct field continueToken.${name} of type ${goTypes[name]}`,
      );
  }
  return value as Token;
}

/** Where Go's decoder of unpadded URL-safe base64 stops; -1 where it does not. */
function wrongBase64At(text: string): number {
  const at = text.search(/[^A-Za-z0-9_-]/);
  if (at >= 0) return at;
  return text.length % 4 === 1 ? text.length - 1 : -1;
}

function notValid(why: string): ApiError {
  return badRequest(`invalid continue token: continue key is not valid${why}`);
}
