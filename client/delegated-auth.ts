import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { tokenReviews } from '../api/resources/authentication/token-review.ts';
import { subjectAccessReviews } from '../api/resources/authorization/subject-access-review.ts';
import type { SubjectAccessReviewSpec } from '../api/schema/generated/authorization-v1.ts';
import type { Deps } from '../component/deps.ts';
import { defineFlags } from '../component/flags.ts';
import type { Authorize } from '../component/serving.ts';
import type { Client } from './client.ts';
import { createExpiringCache } from './expiring-cache.ts';

/** Upstream's flags of a component that asks the API server who may use its own port. */
export const delegatedAuthFlags = defineFlags({
  'client-ca-file': {
    kind: 'string',
    default: '',
    group: 'Authentication',
    description:
      'If set, any request presenting a client certificate signed by one of the authorities in the file is authenticated with an identity corresponding to the CommonName of the client certificate.',
  },
  'authentication-kubeconfig': {
    kind: 'string',
    default: '',
    group: 'Authentication',
    description: 'kubeconfig of the server that reviews tokens; that of --kubeconfig where nothing is said.',
  },
  'authorization-kubeconfig': {
    kind: 'string',
    default: '',
    group: 'Authorization',
    description: 'kubeconfig of the server that reviews access; that of --kubeconfig where nothing is said.',
  },
  'authorization-always-allow-paths': {
    kind: 'strings',
    default: ['/healthz', '/readyz', '/livez'],
    group: 'Authorization',
    description:
      'HTTP paths that everybody may ask for without contacting the API server. A trailing /* stands for all below.',
  },
});

/** Who asks, as the API server knows people. */
export interface DelegatedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const anonymousUser: DelegatedUser = {
  name: 'system:anonymous',
  uid: '',
  groups: ['system:unauthenticated'],
  extra: {},
};

export interface DelegatedAuth {
  /**
   * Who made the request: by a client certificate that TLS verified, else by the bearer token; `anonymousUser` where
   * there is neither, undefined where what was shown is not good. Rejects when the API server cannot be asked.
   */
  authenticate(request: IncomingMessage): Promise<DelegatedUser | undefined>;
  /** May the user do this? `reason` is the API server's. Rejects when it cannot be asked. */
  mayUser(
    user: DelegatedUser,
    wish: Pick<SubjectAccessReviewSpec, 'nonResourceAttributes' | 'resourceAttributes'>,
  ): Promise<{ readonly allowed: boolean; readonly reason: string }>;
  /** For `startServer`: authenticates, then asks for the path with the method as verb. */
  readonly authorize: Authorize;
}

export interface DelegatedAuthOptions {
  readonly alwaysAllowPaths?: readonly string[];
  /** Off: a request without credentials is refused with 401 at once. */
  readonly allowAnonymous?: boolean;
  /** How long answers are believed, in ms. */
  readonly cacheMs?: number;
}

/** The clients of the servers that are asked; most often one server is both. */
export interface Reviewers {
  readonly tokens: Client;
  readonly access: Client;
}

/** Asks by TokenReview and SubjectAccessReview; answers are kept for ten seconds where nothing else is said. */
export function createDelegatedAuth(options: DelegatedAuthOptions, reviewers: Reviewers, deps: Deps): DelegatedAuth {
  const { allowAnonymous = true, cacheMs = 10_000 } = options;
  const alwaysAllow = options.alwaysAllowPaths ?? delegatedAuthFlags['authorization-always-allow-paths'].default;
  const tokens = createExpiringCache<DelegatedUser | undefined>({ keepMs: cacheMs, maxEntries: 1024 }, deps);
  const decisions = createExpiringCache<{ allowed: boolean; reason: string }>(
    { keepMs: cacheMs, maxEntries: 1024 },
    deps,
  );

  const reviewToken = async (token: string): Promise<DelegatedUser | undefined> => {
    const review = await reviewers.tokens.create(tokenReviews, { metadata: {}, spec: { token } });
    const { authenticated, user } = review.status ?? {};
    if (!authenticated) return undefined;
    return {
      name: user?.username ?? '',
      uid: user?.uid ?? '',
      groups: user?.groups ?? [],
      extra: user?.extra ?? {},
    };
  };

  const auth: DelegatedAuth = {
    authenticate: async (request) => {
      const certified = userOfCertificate(request);
      if (certified) return certified;
      const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      if (token) return tokens.get(token, () => reviewToken(token));
      return (request.socket as TLSSocket).getPeerX509Certificate?.() ? undefined : anonymousUser;
    },
    mayUser: (user, wish) => {
      const spec: SubjectAccessReviewSpec = {
        ...wish,
        user: user.name,
        uid: user.uid,
        groups: [...user.groups],
        extra: Object.fromEntries(Object.entries(user.extra).map(([name, values]) => [name, [...values]])),
      };
      return decisions.get(JSON.stringify(spec), async () => {
        const { status } = await reviewers.access.create(subjectAccessReviews, { metadata: {}, spec });
        return { allowed: status?.allowed === true && status.denied !== true, reason: status?.reason ?? '' };
      });
    },
    authorize: async (request) => {
      const path = (request.url ?? '/').split('?')[0]!;
      if (alwaysAllow.some((allowed) => matchesPath(path, allowed))) return { allowed: true };
      const verb = (request.method ?? 'GET').toLowerCase();
      try {
        const user = await auth.authenticate(request);
        if (!user || (user === anonymousUser && !allowAnonymous)) {
          return { allowed: false, status: 401, message: 'Unauthorized' };
        }
        const { allowed } = await auth.mayUser(user, { nonResourceAttributes: { path, verb } });
        if (allowed) return { allowed: true };
        return { allowed: false, status: 403, message: `forbidden: User "${user.name}" cannot ${verb} path "${path}"` };
      } catch (error) {
        deps.log.warn('cannot ask the API server who may', { path, error });
        return { allowed: false, status: 403, message: 'forbidden: the API server cannot be asked' };
      }
    },
  };
  return auth;
}

function matchesPath(path: string, allowed: string): boolean {
  if (!allowed.endsWith('/*')) return path.replace(/\/$/, '') === allowed.replace(/\/$/, '');
  return path.startsWith(allowed.slice(0, -1));
}

/** Common name and organizations of a certificate that TLS has verified against the client authorities. */
function userOfCertificate(request: IncomingMessage): DelegatedUser | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  // Node's type knows single values only; several of a kind come as an array.
  const names = [(subject?.CN ?? []) as string | string[]].flat();
  const groups = [(subject?.O ?? []) as string | string[]].flat();
  if (names.length === 0) return undefined;
  // Of several the last counts, as with Go.
  return { name: names.at(-1)!, uid: '', groups: [...groups, 'system:authenticated'], extra: {} };
}
