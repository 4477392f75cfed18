import type { ApiRequest } from '../request.ts';

/** Who makes a request: `authentication.k8s.io` UserInfo. */
export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * One way to prove who one is. `none`: these credentials are not of my kind, ask the next. `rejected`: they are and they
 * are wrong; the reason goes to the log, never to the client.
 */
export type Authentication =
  | { readonly kind: 'user'; readonly user: User; readonly audiences?: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'rejected'; readonly reason: string };

/** What an authenticator sees of a request. */
export type Credentials = Pick<ApiRequest, 'headers' | 'peerCertificate' | 'certificateError'> &
  Partial<Pick<ApiRequest, 'path'>>;

/** Proves identity from the request as a whole: a certificate, headers of a proxy. */
export interface RequestAuthenticator {
  readonly name: string;
  authenticate(request: Credentials): Promise<Authentication> | Authentication;
}

/** Proves identity from a bearer token, which must be good for one of `audiences`; answers which of them it is good for. */
export interface TokenAuthenticator {
  readonly name: string;
  authenticateToken(token: string, audiences: readonly string[]): Promise<Authentication> | Authentication;
}

/** All of the server's ways in one. Made by `createAuthenticator`. */
export interface Authenticator {
  /**
   * Who makes the request, with `system:authenticated` or `system:unauthenticated` among the groups. `warn` takes texts
   * for `Warning` headers. Throws ApiError Unauthorized.
   */
  authenticate(request: Credentials, warn?: (text: string) => void): Promise<User>;
  /** For TokenReview: what a bearer token proves. No audiences means the server's own. */
  reviewToken(token: string, audiences: readonly string[]): Promise<Authentication>;
}

export const anonymousUser = 'system:anonymous';
export const groupAuthenticated = 'system:authenticated';
export const groupUnauthenticated = 'system:unauthenticated';
export const groupMasters = 'system:masters';

/** The user with what is left out filled in. */
export function createUser(user: Partial<User> & Pick<User, 'name'>): User {
  return { uid: '', groups: [], extra: {}, ...user };
}
