import type { WriteContext } from '../../api/resources/define-resource.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** What strategies may know of the request. */
export function writeContextOf({ clock }: Pick<RestDeps, 'clock'>, { user }: Pick<RestRequest, 'user'>): WriteContext {
  return { nowMs: clock.now(), user };
}
