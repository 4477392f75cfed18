import type { User } from '../authenticators/authenticator.ts';

const userPrefix = 'system:node:';
export const groupNodes = 'system:nodes';

/** A kubelet's own credentials; `nodeName` is empty where the user name does not say which node it is. */
export interface NodeIdentity {
  readonly nodeName: string;
}

/** Undefined for users that are no kubelet: without the group `system:nodes` or the name `system:node:…`. */
export function nodeIdentity(user: User): NodeIdentity | undefined {
  if (!user.name.startsWith(userPrefix) || !user.groups.includes(groupNodes)) return undefined;
  return { nodeName: user.name.slice(userPrefix.length) };
}
