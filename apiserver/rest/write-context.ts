import type { WriteContext } from '../../api/resources/define-resource.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** What strategies may know of the request. */
export function writeContextOf(
  { clock }: Pick<RestDeps, 'clock'>,
  { user, warnings }: Pick<RestRequest, 'user' | 'warnings'>,
): WriteContext {
  return { nowMs: clock.now(), user, warn: (text) => void warnings.push(text) };
}
