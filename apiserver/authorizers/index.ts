import { alwaysAllowAuthorizer } from './always-allow-authorizer.ts';
import { alwaysDenyAuthorizer } from './always-deny-authorizer.ts';
import type { AuthorizerChain, AuthorizerDeps } from './authorizer-chain.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';
import { createRbacAuthorizer } from './rbac-authorizer.ts';

export interface AuthorizerEntry {
  readonly name: string;
  create(deps: AuthorizerDeps): AuthorizerChain;
}

/** The modes of `--authorization-mode`; the flag says which are on and in what order they are asked. */
export const authorizers = [
  { name: 'Node', create: createNodeAuthorizer },
  { name: 'RBAC', create: createRbacAuthorizer },
  { name: 'AlwaysAllow', create: () => alwaysAllowAuthorizer },
  { name: 'AlwaysDeny', create: () => alwaysDenyAuthorizer },
] as const satisfies readonly AuthorizerEntry[];

export type AuthorizationMode = (typeof authorizers)[number]['name'];
