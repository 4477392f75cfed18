import { badRequest, notFound } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Node, Pod } from '../../api/schema/generated/core-v1.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { awaitRevision } from '../rest/resource-version.ts';

/** The pod that a request names, as of now. @throws ApiError NotFound */
export async function podOf(deps: RestDeps, request: RestRequest): Promise<DeepReadonly<Pod>> {
  await awaitRevision(deps, '', request.http.signal);
  const pod = deps.objects.cached(pods as unknown as ResourceRow, request)?.object() as DeepReadonly<Pod> | undefined;
  if (!pod) throw notFound(pods, request.name);
  return pod;
}

/** The node that a pod runs on; undefined where it has none yet. @throws ApiError NotFound where the node is gone */
export function nodeOf(deps: RestDeps, { spec }: DeepReadonly<Pod>): DeepReadonly<Node> | undefined {
  if (!spec?.nodeName) return undefined;
  const at = { namespace: '', name: spec.nodeName };
  const node = deps.objects.cached(nodes as unknown as ResourceRow, at)?.object() as DeepReadonly<Node> | undefined;
  if (!node) throw notFound(nodes, spec.nodeName);
  return node;
}

/** The container that a request is about: the one it names, or the only one. @throws ApiError BadRequest in upstream's words */
export function chooseContainer(pod: DeepReadonly<Pod>, asked: string): string {
  const names = (containers: readonly { readonly name: string }[] | undefined): string[] =>
    (containers ?? []).map(({ name }) => name);
  const regular = names(pod.spec?.containers);
  const init = names(pod.spec?.initContainers);
  const ephemeral = names(pod.spec?.ephemeralContainers);
  if (asked) {
    if ([...regular, ...init, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  if (regular.length === 1) return regular[0]!;
  const choices = [
    `choose one of: [${regular.join(' ')}]`,
    ...(init.length > 0 ? [`or one of the init containers: [${init.join(' ')}]`] : []),
  ];
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, ${choices.join(' ')}`);
}
