import type { WriteContext } from '../../api/resources/define-resource.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** What strategies may know of the request. */
export function writeContextOf(
  { clock, random }: Pick<RestDeps, 'clock' | 'random'>,
  { user, warnings }: Pick<RestRequest, 'user' | 'warnings'>,
): WriteContext {
  return { nowMs: clock.now(), user, warn: (text) => void warnings.push(text), newUid: () => random.uuid() };
}
