import { FlagError } from '../../component/flags.ts';
import { groupMasters } from '../authenticators/authenticator.ts';
import type { AuthorizerChain, AuthorizerDeps } from './authorizer-chain.ts';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { authorizers, type AuthorizationMode } from './index.ts';

/**
 * Authorization by `modes` in their order (`--authorization-mode`). Members of `system:masters` may do everything before
 * any mode is asked. The first that allows or denies decides; the reasons of those without an opinion are joined.
 * Throws where a mode is unknown, doubled or missing.
 */
export function createAuthorizer(
  options: { readonly modes: readonly string[] },
  deps: AuthorizerDeps,
): AuthorizerChain {
  const chain = modesInOrder(options.modes).map((mode) =>
    authorizers.find((entry) => entry.name === mode)!.create(deps),
  );
  return {
    name: 'union',
    authorize: (attributes) => {
      if (attributes.user.groups.includes(groupMasters)) return { kind: 'allow', reason: '' };
      return askFrom(chain, 0, attributes, []);
    },
    rulesFor: (user, namespace) => {
      const lists = chain.map((authorizer) => authorizer.rulesFor(user, namespace));
      const errors = lists.flatMap((list) => (list.evaluationError ? [list.evaluationError] : []));
      return {
        resourceRules: lists.flatMap((list) => list.resourceRules),
        nonResourceRules: lists.flatMap((list) => list.nonResourceRules),
        incomplete: lists.some((list) => list.incomplete),
        ...(errors.length ? { evaluationError: errors.join(', ') } : {}),
      };
    },
  };
}

function askFrom(
  chain: readonly Authorizer[],
  start: number,
  attributes: Attributes,
  reasons: string[],
): Decision | Promise<Decision> {
  for (let i = start; i < chain.length; i++) {
    const answer = chain[i]!.authorize(attributes);
    if (answer instanceof Promise) {
      return answer.then((decision) => {
        if (decision.kind !== 'noOpinion') return decision;
        if (decision.reason) reasons.push(decision.reason);
        return askFrom(chain, i + 1, attributes, reasons);
      });
    }
    if (answer.kind !== 'noOpinion') return answer;
    if (answer.reason) reasons.push(answer.reason);
  }
  return { kind: 'noOpinion', reason: reasons.join('\n') };
}

function modesInOrder(modes: readonly string[]): AuthorizationMode[] {
  if (modes.length === 0) throw new FlagError('at least one authorization-mode must be passed');
  const known: readonly string[] = authorizers.map((entry) => entry.name);
  for (const mode of modes) {
    if (!known.includes(mode)) throw new FlagError(`authorization-mode "${mode}" is not a valid mode`);
  }
  if (new Set(modes).size !== modes.length) {
    throw new FlagError(`authorization-mode ${JSON.stringify(modes)} has mode specified more than once`);
  }
  return modes as AuthorizationMode[];
}
