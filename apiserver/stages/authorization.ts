import type { User } from '../authenticators/authenticator.ts';
import type { Attributes, Authorizer } from '../authorizers/authorizer.ts';
import { forbiddenError } from '../authorizers/forbidden-error.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { textResponse } from '../server/responses.ts';
import type { RequestInfo } from './request-info.ts';

/**
 * Undefined where the request is allowed; the answer where nobody allowed it and an authorizer could not tell. The
 * decision goes into the request's trail. @throws ApiError Forbidden where no authorizer allows it
 */
export async function authorize(
  authorizer: Authorizer,
  attributes: Attributes,
  request: Pick<ApiRequest, 'path' | 'query' | 'trail'>,
): Promise<ApiResponse | undefined> {
  const answer = authorizer.authorize(attributes);
  const decision = answer instanceof Promise ? await answer : answer;
  const { trail } = request;
  trail?.annotate('authorization.k8s.io/decision', decision.kind === 'allow' ? 'allow' : 'forbid');
  if (decision.kind === 'allow') {
    trail?.annotate('authorization.k8s.io/reason', decision.reason);
    return undefined;
  }
  trail?.annotate('authorization.k8s.io/reason', decision.error ? 'internal error' : decision.reason);
  if (decision.error) return internalServerError(request, decision.error);
  throw forbiddenError(attributes, decision);
}

/** Upstream's filter answers in plain text here. */
function internalServerError({ path, query }: Pick<ApiRequest, 'path' | 'query'>, error: string): ApiResponse {
  const uri = query.size ? `${path}?${query.toString()}` : path;
  const text = `Internal Server Error: ${JSON.stringify(uri)}: ${error}`;
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const response = textResponse(500, `${safe}\n`);
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
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
