import type { AuthorizerChain } from './authorizer-chain.ts';

/** Everybody may do everything. */
export const alwaysAllowAuthorizer: AuthorizerChain = {
  name: 'AlwaysAllow',
  authorize: () => ({ kind: 'allow', reason: '' }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
};
