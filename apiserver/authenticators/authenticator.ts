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

export interface Authenticator {
  readonly name: string;
  authenticate(request: Pick<ApiRequest, 'headers' | 'peerCertificate'>): Promise<Authentication> | Authentication;
}
