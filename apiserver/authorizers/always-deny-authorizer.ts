import type { AuthorizerChain } from './authorizer-chain.ts';

/** Nobody may do anything; only useful to test what happens then. */
export const alwaysDenyAuthorizer: AuthorizerChain = {
  name: 'AlwaysDeny',
  authorize: () => ({ kind: 'noOpinion', reason: 'Everything is forbidden.' }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
};
