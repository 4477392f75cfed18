import { ApiError } from '../../api/meta/errors.ts';
import {
  anonymousUser,
  createUser,
  groupAuthenticated,
  groupUnauthenticated,
  type Authenticator,
  type Credentials,
  type RequestAuthenticator,
  type TokenAuthenticator,
  type User,
} from './authenticator.ts';
import { authenticateToken, bearerToken } from './bearer-token.ts';
import { authenticators, type AuthenticationOptions, type AuthenticatorDeps } from './index.ts';

/**
 * All ways to authenticate that the options turn on, as one. Wrong credentials are 401 also where anonymous requests are
 * allowed. Throws where a file that the options name cannot be read.
 */
export function createAuthenticator(options: AuthenticationOptions, deps: AuthenticatorDeps): Authenticator {
  const byRequest: RequestAuthenticator[] = [];
  const byToken: TokenAuthenticator[] = [];
  for (const entry of authenticators) {
    const made = entry.create(options, deps);
    if (made?.kind === 'request') byRequest.push(made.authenticator);
    if (made?.kind === 'token') byToken.push(made.authenticator);
  }
  const log = deps.log.child({ stage: 'authentication' });
  const mayBeAnonymous = anonymousRule(options.anonymous);
  const anonymous = createUser({ name: anonymousUser, groups: [groupUnauthenticated] });

  return {
    authenticate: async (request, warn) => {
      const reasons: string[] = [];
      for (const authenticator of byRequest) {
        const answer = await authenticator.authenticate(request);
        if (answer.kind === 'user') return authenticated(answer.user);
        if (answer.kind === 'rejected') reasons.push(answer.reason);
      }
      const token = byToken.length ? bearerToken(request, warn) : undefined;
      if (token !== undefined) {
        const answer = await authenticateToken(byToken, token, options.apiAudiences);
        if (answer.kind === 'user') return authenticated(answer.user);
        if (answer.kind === 'rejected') reasons.push(answer.reason);
      }
      if (reasons.length === 0 && mayBeAnonymous(request)) return anonymous;
      if (reasons.length) log.info('unable to authenticate the request', { reason: reasons.join(', ') });
      throw new ApiError('Unauthorized', 'Unauthorized');
    },
    reviewToken: async (token, audiences) => {
      // Read as a header would be, so that a review and a request agree.
      const read = bearerToken({ headers: { authorization: `Bearer ${token}` } });
      if (read === undefined) return { kind: 'none' };
      const answer = await authenticateToken(byToken, read, audiences.length ? audiences : options.apiAudiences);
      return answer.kind === 'user' ? { ...answer, user: authenticated(answer.user) } : answer;
    },
  };
}

/** Which requests are let in although they show nothing. */
function anonymousRule(options: AuthenticationOptions['anonymous'] = true): (request: Credentials) => boolean {
  if (typeof options === 'boolean') return () => options;
  const { enabled, paths } = options;
  if (!enabled || paths.length === 0) return () => enabled;
  const allowed = new Set(paths);
  return ({ path = '' }) => allowed.has(path);
}

/** The user, also a member of `system:authenticated`. Authenticators mostly give the same user object again. */
function authenticated(user: User): User {
  let member = members.get(user);
  if (!member) members.set(user, (member = asMember(user)));
  return member;
}

const members = new WeakMap<User, User>();

function asMember(user: User): User {
  if (user.name === anonymousUser) return user;
  if (user.groups.includes(groupAuthenticated) || user.groups.includes(groupUnauthenticated)) return user;
  return { ...user, groups: [...user.groups, groupAuthenticated] };
}
