import type { User } from '../authenticators/authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import { forbiddenError } from '../authorizers/forbidden-error.ts';
import type { ApiRequest } from '../request.ts';
import type { RequestInfo } from './request-info.ts';

/** @throws ApiError Forbidden where no authorizer allows it */
export async function authorize(authorizer: Authorizer, attributes: Attributes): Promise<void> {
  const answer = authorizer.authorize(attributes);
  const decision = answer instanceof Promise ? await answer : answer;
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
