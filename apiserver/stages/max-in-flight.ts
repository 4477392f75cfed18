import { groupMasters } from '../authenticators/authenticator.ts';
import type { ApiResponse } from '../request.ts';
import { tooManyRequests } from '../server/responses.ts';
import { freePass, type FlowControl, type Pass } from './flow-control.ts';
import { isLongRunning } from './long-running.ts';

const readOnlyVerbs = new Set(['get', 'list', 'watch']);

/**
 * `--enable-priority-and-fairness=false`: one bound on requests that read and one on those that write, 0 for none.
 * Long-running requests are not counted, and members of system:masters never turned away.
 */
export function createMaxInFlight(limits: { readonly readOnly: number; readonly mutating: number }): FlowControl {
  const readers = new Places(limits.readOnly);
  const writers = new Places(limits.mutating);
  return {
    enter: (_request, info, user) => {
      if (isLongRunning(info)) return freePass;
      const places = readOnlyVerbs.has(info.verb) ? readers : writers;
      if (places.take()) return places;
      if (user.groups.includes(groupMasters)) return freePass;
      return { ...freePass, rejection: tooManyRequests(1) };
    },
  };
}

class Places implements Pass {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit === 0 ? Infinity : limit;
  }

  take(): boolean {
    if (this.#taken >= this.#limit) return false;
    this.#taken++;
    return true;
  }

  leave(response: ApiResponse): ApiResponse {
    this.#taken--;
    return response;
  }
}
