import { ApiError } from '../../api/meta/errors.ts';
import { attributesOf } from '../stages/authorization.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/**
 * A request may do more than its verb says: an update that finds nothing creates, a WebSocket's GET opens a shell. Then the
 * user must be allowed that verb, too. @throws ApiError Forbidden, in upstream's words
 */
export async function mustAlsoBeAllowed(
  { authorizer }: Pick<RestDeps, 'authorizer'>,
  { info, user, http }: RestRequest,
  verb: 'create',
): Promise<void> {
  if (info.verb === verb) return;
  const { kind, reason } = await authorizer.authorize({ ...attributesOf(user, info, http), verb });
  if (kind === 'allow') return;
  const { group, resource, name } = info;
  const what = `${group ? `${resource}.${group}` : resource}${name ? ` ${JSON.stringify(name)}` : ''}`;
  throw new ApiError('Forbidden', `${what} is forbidden: ${reason}`, {
    details: { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource },
  });
}
