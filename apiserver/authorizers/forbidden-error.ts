import { ApiError } from '../../api/meta/errors.ts';
import type { Attributes, Decision } from './authorizer.ts';

/** The 403 of a request that no authorizer allowed, in upstream's words. */
export function forbiddenError(attributes: Attributes, decision: Pick<Decision, 'reason'>): ApiError {
  const { group, name, resource, isResource } = attributes;
  const why = denialMessage(attributes) + (decision.reason ? `: ${decision.reason}` : '');
  if (!isResource) return new ApiError('Forbidden', `forbidden: ${why}`, { details: {} });
  const qualified = group ? `${resource}.${group}` : resource;
  return new ApiError('Forbidden', `${qualified}${name ? ` "${name}"` : ''} is forbidden: ${why}`, {
    details: { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource },
  });
}

/** `User "x" cannot get resource "pods/log" in API group "" in the namespace "default"`. */
function denialMessage(attributes: Attributes): string {
  const { user, verb, path, isResource, group, resource, subresource, namespace } = attributes;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!isResource) return `${who} path ${JSON.stringify(path)}`;
  const what = `${who} resource ${JSON.stringify(subresource ? `${resource}/${subresource}` : resource)} in API group ${JSON.stringify(group)}`;
  return namespace ? `${what} in the namespace ${JSON.stringify(namespace)}` : `${what} at the cluster scope`;
}
