import { FlagError } from '../../component/flags.ts';
import { groupMasters } from '../authenticators/authenticator.ts';
import type { AuthorizerChain, AuthorizerDeps } from './authorizer-chain.ts';
import type { Attributes, Authorizer, Decision } from './authorizer.ts';
import { authorizers, type AuthorizationMode } from './index.ts';

export interface AuthorizationOptions {
  /** `--authorization-mode`: those that are built in, in their order. */
  readonly modes: readonly string[];
  /** What is asked in place of `modes` where webhooks are among it; asked for with each decision, as it may change. */
  readonly links?: () => readonly AuthorizationLink[];
}

/** One that is asked: a mode that is built in, or a webhook. Of a list that changes, the built-in modes stay. */
export type AuthorizationLink = { readonly mode: string } | { readonly webhook: AuthorizerChain };

/**
 * Authorization by each mode in order. Members of `system:masters` may do everything before any mode is asked. The first
 * that allows or denies decides; the reasons of those without an opinion are joined. Throws where a mode is unknown,
 * doubled or missing.
 */
export function createAuthorizer({ modes, links }: AuthorizationOptions, deps: AuthorizerDeps): AuthorizerChain {
  const checked = modesInOrder(modes, links ? ['Webhook'] : []);
  const chain = links ? chainOf(links, deps) : fixedChain(checked, deps);
  return {
    name: 'union',
    authorize: (attributes) => {
      if (attributes.user.groups.includes(groupMasters)) return { kind: 'allow', reason: '' };
      return askFrom(chain(), 0, attributes, { reasons: [], errors: [] });
    },
    rulesFor: (user, namespace) => {
      const lists = chain().map((authorizer) => authorizer.rulesFor(user, namespace));
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

function fixedChain(modes: readonly AuthorizationMode[], deps: AuthorizerDeps): () => readonly AuthorizerChain[] {
  const chain = modes.map((mode) => builtIn(mode, deps));
  return () => chain;
}

/** Built-in modes are made once: they follow the cache. */
function chainOf(links: () => readonly AuthorizationLink[], deps: AuthorizerDeps): () => readonly AuthorizerChain[] {
  const made = new Map<string, AuthorizerChain>();
  const ofMode = (mode: string): AuthorizerChain => {
    let found = made.get(mode);
    if (!found) made.set(mode, (found = builtIn(mode as AuthorizationMode, deps)));
    return found;
  };
  let seen: readonly AuthorizationLink[] | undefined;
  let chain: readonly AuthorizerChain[] = [];
  return () => {
    const current = links();
    if (current !== seen) {
      seen = current;
      chain = current.map((link) => ('webhook' in link ? link.webhook : ofMode(link.mode)));
    }
    return chain;
  };
}

function builtIn(mode: AuthorizationMode, deps: AuthorizerDeps): AuthorizerChain {
  return authorizers.find((entry) => entry.name === mode)!.create(deps);
}

/** What those said who had no opinion. */
interface Heard {
  readonly reasons: string[];
  readonly errors: string[];
}

function askFrom(
  chain: readonly Authorizer[],
  start: number,
  attributes: Attributes,
  heard: Heard,
): Decision | Promise<Decision> {
  for (let i = start; i < chain.length; i++) {
    const answer = chain[i]!.authorize(attributes);
    if (answer instanceof Promise) {
      return answer.then((decision) => (note(decision, heard) ? decision : askFrom(chain, i + 1, attributes, heard)));
    }
    if (note(answer, heard)) return answer;
  }
  const { reasons, errors } = heard;
  const reason = reasons.join('\n');
  if (!errors.length) return { kind: 'noOpinion', reason };
  return { kind: 'noOpinion', reason, error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` };
}

/** Does it decide? If not, what it says is remembered. */
function note({ kind, reason, error }: Decision, heard: Heard): boolean {
  if (kind !== 'noOpinion') return true;
  if (reason) heard.reasons.push(reason);
  if (error) heard.errors.push(error);
  return false;
}

/** `others` are modes that are not built in. */
function modesInOrder(modes: readonly string[], others: readonly string[]): AuthorizationMode[] {
  if (modes.length === 0) throw new FlagError('at least one authorization-mode must be passed');
  const known: readonly string[] = [...authorizers.map((entry) => entry.name), ...others];
  for (const mode of modes) {
    if (!known.includes(mode)) throw new FlagError(`authorization-mode "${mode}" is not a valid mode`);
  }
  if (new Set(modes).size !== modes.length) {
    throw new FlagError(`authorization-mode ${JSON.stringify(modes)} has mode specified more than once`);
  }
  return modes as AuthorizationMode[];
}
