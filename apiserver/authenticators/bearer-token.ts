import type { Authentication, Credentials, TokenAuthenticator } from './authenticator.ts';

const webSocketPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The bearer token of a request: in `Authorization`, or (browsers) among the protocols a WebSocket offers. */
export function bearerToken({ headers }: Credentials, warn?: (text: string) => void): string | undefined {
  const authorization = headers['authorization'];
  if (typeof authorization === 'string') {
    const [scheme, token, ...rest] = authorization.trim().split(' ');
    if (scheme?.toLowerCase() === 'bearer') {
      if (token) return token;
      if (rest.length) {
        warn?.('the provided Authorization header contains extra space before the bearer token, and is ignored');
      }
    }
  }
  const protocols = headers['sec-websocket-protocol'];
  if (protocols === undefined) return undefined;
  for (const protocol of String(protocols).split(',')) {
    const name = protocol.trim();
    if (name.startsWith(webSocketPrefix)) {
      return Buffer.from(name.slice(webSocketPrefix.length), 'base64url').toString() || undefined;
    }
  }
  return undefined;
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
