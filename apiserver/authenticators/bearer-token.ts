import type { Authentication, Credentials, TokenAuthenticator } from './authenticator.ts';

/** As nearly every client writes it: one blank, and no other. */
const plainBearer = /^Bearer [!-~]+$/;
const webSocketPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The bearer token of a request: in `Authorization`, or (browsers) among the protocols a WebSocket offers. */
export function bearerToken({ headers }: Credentials, warn?: (text: string) => void): string | undefined {
  const given = headers['authorization'];
  if (typeof given === 'string' && plainBearer.test(given)) return given.slice('Bearer '.length);
  // Of a header sent twice the first counts, as with upstream.
  const [authorization] = [given].flat();
  if (authorization !== undefined) {
    const [scheme, token, ...rest] = authorization.trim().split(' ');
    if (scheme?.toLowerCase() === 'bearer') {
      if (token) return token;
      if (rest.length) {
        warn?.('the provided Authorization header contains extra space before the bearer token, and is ignored');
      }
    }
  }
  const { tokens, others } = sortedProtocols(headers['sec-websocket-protocol']);
  // One that is no token must be left to be echoed to the client.
  if (tokens.length !== 1 || others.length === 0) return undefined;
  return Buffer.from(tokens[0]!.slice(webSocketPrefix.length), 'base64url').toString() || undefined;
}

/** What a WebSocket's client offers to speak, without the token that it may have put there: nobody else is to see it. */
export function offeredProtocols(header: string | string[] | undefined): string[] {
  return sortedProtocols(header).others;
}

function sortedProtocols(header: string | string[] | undefined): { tokens: string[]; others: string[] } {
  const protocols = String(header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return {
    tokens: protocols.filter((name) => name.startsWith(webSocketPrefix)),
    others: protocols.filter((name) => !name.startsWith(webSocketPrefix)),
  };
}

/** Asks each in turn. A rejection does not keep the next from being asked; where none knows the token, it is rejected. */
export async function authenticateToken(
  authenticators: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): Promise<Authentication> {
  const reasons: string[] = [];
  for (const authenticator of authenticators) {
    const answer = await authenticator.authenticateToken(token, audiences);
    if (answer.kind === 'user') return answer;
    if (answer.kind === 'rejected') reasons.push(answer.reason);
  }
  if (reasons.length === 0) return { kind: 'rejected', reason: 'invalid bearer token' };
  return { kind: 'rejected', reason: `[invalid bearer token, ${reasons.join(', ')}]` };
}
