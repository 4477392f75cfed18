import type { DeepReadonly } from '../../api/meta/object.ts';
import type { NonResourceRule, ResourceRule } from '../../api/schema/generated/authorization-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { Authorizer } from './authorizer.ts';

export interface AuthorizerDeps extends Deps {
  readonly cache: CacheReader;
}

/** All a user may do in a namespace, as far as the authorizers can list it. */
export interface RuleList {
  readonly resourceRules: readonly DeepReadonly<ResourceRule>[];
  readonly nonResourceRules: readonly DeepReadonly<NonResourceRule>[];
  /** True where an authorizer could not list all of its rules. */
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** The server's authorization. A decision may come at once: await only what is a promise on hot paths. */
export interface AuthorizerChain extends Authorizer {
  rulesFor(user: User, namespace: string): RuleList;
}
