import { timingSafeEqual } from 'node:crypto';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import type { Secret } from '../../api/schema/generated/core-v1.ts';
import type { Clock } from '../../component/clock.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { createUser, type TokenAuthenticator } from './authenticator.ts';

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const defaultGroup = 'system:bootstrappers';

/** Tokens `id.secret` of nodes that join: Secrets `bootstrap-token-ID` in kube-system that allow authentication. */
export function createBootstrapTokenAuthenticator(options: {
  readonly cache: CacheReader;
  readonly clock: Clock;
  readonly audiences: readonly string[];
}): TokenAuthenticator {
  return {
    name: 'bootstraptoken',
    authenticateToken: (token, audiences) => {
      const match = tokenPattern.exec(token);
      if (!match) return { kind: 'none' };
      const [, id, secretPart] = match as unknown as [string, string, string];
      const secret = options.cache.get(secrets, { namespace: 'kube-system', name: `bootstrap-token-${id}` });
      const groups = secret && groupsOf(secret, id, secretPart, options.clock.now());
      const goodFor = options.audiences.filter((audience) => audiences.includes(audience));
      if (!groups || !goodFor.length) return { kind: 'none' };
      return { kind: 'user', user: createUser({ name: `system:bootstrap:${id}`, groups }), audiences: goodFor };
    },
  };
}

/** The groups a token gives, or undefined where the secret is not one for this token, now. */
function groupsOf(secret: DeepReadonly<Secret>, id: string, secretPart: string, nowMs: number): string[] | undefined {
  if (secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token') return undefined;
  const field = (name: string): string => Buffer.from(secret.data?.[name] ?? '', 'base64').toString();
  const expected = Buffer.from(field('token-secret'));
  const given = Buffer.from(secretPart);
  if (expected.length !== given.length || !timingSafeEqual(expected, given) || field('token-id') !== id)
    return undefined;
  const expiration = field('expiration');
  if (expiration && !(Date.parse(expiration) > nowMs)) return undefined;
  if (field('usage-bootstrap-authentication') !== 'true') return undefined;
  const extra = field('auth-extra-groups');
  const groups = extra ? extra.split(',') : [];
  if (!groups.every((group) => groupPattern.test(group))) return undefined;
  return [...new Set([defaultGroup, ...groups])].sort();
}
