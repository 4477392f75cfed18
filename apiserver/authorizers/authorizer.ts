import type { User } from '../authenticators/authenticator.ts';

/** What is asked for. Without `resource` it is a path (`nonResource`). */
export interface Attributes {
  readonly user: User;
  /** API verb (`get`, `list`, `watch`, `deletecollection`…), or the lower-case HTTP method of a path. */
  readonly verb: string;
  readonly path: string;
  readonly isResource: boolean;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/**
 * A decision carries why, so that messages and "why forbidden?" are printed from it. `error` is what kept an authorizer
 * from knowing better: a webhook that did not answer.
 */
export type Decision =
  | { readonly kind: 'allow'; readonly reason: string; readonly error?: string }
  | { readonly kind: 'deny'; readonly reason: string; readonly error?: string }
  | { readonly kind: 'noOpinion'; readonly reason: string; readonly error?: string };

/** The first that allows or denies decides; nobody's opinion is a no. */
export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Promise<Decision> | Decision;
}
