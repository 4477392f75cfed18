import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Clock } from '../../component/clock.ts';
import type { Authenticator, User } from '../authenticators/authenticator.ts';
import type { AuthorizerChain } from '../authorizers/authorizer-chain.ts';

export interface ReviewDeps {
  readonly authenticator: Authenticator;
  readonly authorizer: AuthorizerChain;
  readonly clock: Clock;
}

export interface ReviewRequest {
  /** Decoded, with defaults and metadata as a create has them after managedFields were written. */
  readonly object: AnyObject;
  readonly user: User;
  readonly namespace: string;
}

/** A resource that is only ever created, and answers a question instead of being stored. */
export interface Review {
  readonly row: ResourceRow;
  /** The answer, as it goes out. Throws ApiError where the question is not well put. */
  answer(request: ReviewRequest, deps: ReviewDeps): Promise<AnyObject> | AnyObject;
}
