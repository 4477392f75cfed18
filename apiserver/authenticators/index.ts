import type { Deps } from '../../component/deps.ts';
import type { ServiceAccountTokens } from '../service-accounts/service-account-tokens.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { RequestAuthenticator, TokenAuthenticator } from './authenticator.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-token-authenticator.ts';
import { loadCertificateAuthority } from './certificate-authority.ts';
import { createRequestHeaderAuthenticator, type RequestHeaderOptions } from './request-header-authenticator.ts';
import { createServiceAccountAuthenticator } from './service-account-authenticator.ts';
import { createTokenFileAuthenticator } from './token-file-authenticator.ts';
import { createX509Authenticator } from './x509-authenticator.ts';

/** What the flags say about authentication. What is left out is off, but for anonymous requests. */
export interface AuthenticationOptions {
  /** `--client-ca-file`. */
  readonly clientCaFile?: string;
  /** `--requestheader-*`. */
  readonly requestHeader?: RequestHeaderOptions;
  /** `--token-auth-file`. */
  readonly tokenAuthFile?: string;
  readonly serviceAccountTokens?: ServiceAccountTokens;
  /** `--enable-bootstrap-token-auth`. */
  readonly bootstrapTokens?: boolean;
  /** `--authentication-token-webhook-*`, opened. */
  readonly tokenWebhook?: TokenAuthenticator;
  /** `--oidc-*` or `--authentication-config`, opened. */
  readonly jwt?: TokenAuthenticator;
  /** `--anonymous-auth`; true where it is left out. Or who may come to which paths; to all where none are named. */
  readonly anonymous?: boolean | { readonly enabled: boolean; readonly paths: readonly string[] };
  /** `--api-audiences`; what a token must be good for. */
  readonly apiAudiences: readonly string[];
}

export interface AuthenticatorDeps extends Deps {
  readonly cache: CacheReader;
}

/** A line of the registry; undefined where the options do not turn it on. */
export interface AuthenticatorEntry {
  readonly name: string;
  create(
    options: AuthenticationOptions,
    deps: AuthenticatorDeps,
  ):
    | { readonly kind: 'request'; readonly authenticator: RequestAuthenticator }
    | { readonly kind: 'token'; readonly authenticator: TokenAuthenticator }
    | undefined;
}

/** The ways to prove who one is, in the order in which they are tried; who proves nothing is anonymous. */
export const authenticators = [
  {
    name: 'requestheader',
    create: ({ requestHeader }, deps) =>
      requestHeader && { kind: 'request', authenticator: createRequestHeaderAuthenticator(requestHeader, deps) },
  },
  {
    name: 'x509',
    create: ({ clientCaFile, requestHeader }, deps) =>
      clientCaFile === undefined
        ? undefined
        : {
            kind: 'request',
            authenticator: createX509Authenticator({
              clock: deps.clock,
              authority: loadCertificateAuthority(clientCaFile, deps),
              hasOthers: requestHeader !== undefined,
            }),
          },
  },
  {
    name: 'tokenfile',
    create: ({ tokenAuthFile, apiAudiences }) =>
      tokenAuthFile === undefined
        ? undefined
        : {
            kind: 'token',
            authenticator: createTokenFileAuthenticator({ file: tokenAuthFile, audiences: apiAudiences }),
          },
  },
  {
    name: 'serviceaccount',
    create: ({ serviceAccountTokens }) =>
      serviceAccountTokens && { kind: 'token', authenticator: createServiceAccountAuthenticator(serviceAccountTokens) },
  },
  {
    name: 'bootstraptoken',
    create: ({ bootstrapTokens, apiAudiences }, { cache, clock }) =>
      bootstrapTokens
        ? {
            kind: 'token',
            authenticator: createBootstrapTokenAuthenticator({ cache, clock, audiences: apiAudiences }),
          }
        : undefined,
  },
  {
    name: 'oidc',
    create: ({ jwt }) => jwt && { kind: 'token', authenticator: jwt },
  },
  {
    name: 'webhook',
    create: ({ tokenWebhook }) => tokenWebhook && { kind: 'token', authenticator: tokenWebhook },
  },
] as const satisfies readonly AuthenticatorEntry[];
