import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { resourceNotFound } from '../rest/path-errors.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { awaitRevision } from '../rest/resource-version.ts';
import { checkHost, nodeTarget, parseTargetName, podTarget, serviceTarget, type ProxyTarget } from './proxy-target.ts';
import { proxyRequest } from './reverse-proxy.ts';
import type { Subresource } from './subresource.ts';

/** `pods/NAME/proxy`, `services/NAME/proxy`, `nodes/NAME/proxy` and any path below: HTTP to what the object stands for. */
export const proxySubresource: Subresource = {
  name: 'proxy',
  handle: async (deps, request) => {
    await awaitRevision(deps, '', request.http.signal);
    const target = targetOf(deps, request);
    if (target.kind === 'address') await checkHost(target.host);
    // The path as it was sent: an escaped slash is not one.
    const match = /^(\/+api\/+v1\/+(?:namespaces\/+[^/]+\/+)?[^/]+\/+[^/]+\/+proxy)(\/.*)?$/.exec(request.http.path);
    if (!match) throw resourceNotFound();
    return proxyRequest(request.http, { target, prefix: match[1]!, path: match[2] ?? '' }, deps);
  },
};

function targetOf(deps: RestDeps, { row, namespace, name }: RestRequest): ProxyTarget {
  const read = (of: ResourceRow, called: string): unknown =>
    deps.objects.cached(of, { namespace, name: called })?.object();
  switch (row.kind) {
    case 'Pod':
      return podTarget(parseTargetName(name, 'pod'), read);
    case 'Service':
      return serviceTarget(parseTargetName(name, 'service'), read, deps.random.next());
    case 'Node':
      return nodeTarget(parseTargetName(name, 'node'), read, deps.kubelets.preferredAddressTypes);
    default:
      throw resourceNotFound();
  }
}
