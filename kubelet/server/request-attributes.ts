import type { ResourceAttributes } from '../../api/schema/generated/authorization-v1.ts';

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Parts of the kubelet's API that have a subresource of nodes to themselves; the first that fits counts. */
const subresources: readonly [path: string, subresources: readonly string[]][] = [
  ['/stats', ['stats']],
  ['/metrics', ['metrics']],
  ['/logs', ['log']],
  ['/checkpoint', ['checkpoint']],
  ['/pods', ['pods', 'proxy']],
  ['/runningpods', ['pods', 'proxy']],
  ['/healthz', ['healthz', 'proxy']],
  ['/configz', ['configz', 'proxy']],
];

const base = 'http://kubelet';

/**
 * What a request to the kubelet asks for, in words of RBAC: a verb on a subresource of this node. Any one of the answers
 * is enough (KEP-2862); everything without a subresource of its own is `nodes/proxy`.
 */
export function requestAttributes(method: string, path: string, nodeName: string): ResourceAttributes[] {
  // `/metrics/../exec` is about exec to who reads it so: what has two readings is no part with rights of its own.
  const isPlain = URL.canParse(path, base) && new URL(path, base).pathname === path;
  const found = isPlain && subresources.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  return (found ? found[1] : ['proxy']).map((subresource) => ({
    verb: verbs[method] ?? method.toLowerCase(),
    version: 'v1',
    resource: 'nodes',
    subresource,
    name: nodeName,
  }));
}
