import type { User } from '../authenticators/authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import { forbiddenError } from '../authorizers/forbidden-error.ts';
import type { ApiRequest, RequestTrail } from '../request.ts';
import type { RequestInfo } from './request-info.ts';

/** The decision goes into the request's trail. @throws ApiError Forbidden where no authorizer allows it */
export async function authorize(
  authorizer: Authorizer,
  attributes: Attributes,
  trail: RequestTrail | undefined,
): Promise<void> {
  const answer = authorizer.authorize(attributes);
  const decision = answer instanceof Promise ? await answer : answer;
  trail?.annotate('authorization.k8s.io/decision', decision.kind === 'allow' ? 'allow' : 'forbid');
  trail?.annotate('authorization.k8s.io/reason', decision.reason);
  if (decision.kind !== 'allow') throw forbiddenError(attributes, decision);
}

/** What a request asks for, as authorizers see it. */
export function attributesOf(user: User, info: RequestInfo, { query }: Pick<ApiRequest, 'query'>): Attributes {
  const { verb, path, isResource, group, version, resource, subresource, namespace, name } = info;
  const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  return {
    user,
    verb,
    path,
    isResource,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(isCollection && query.has('fieldSelector') ? { fieldSelector: query.get('fieldSelector')! } : {}),
    ...(isCollection && query.has('labelSelector') ? { labelSelector: query.get('labelSelector')! } : {}),
  };
}
