import { badRequest, notFound } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Node, Pod } from '../../api/schema/generated/core-v1.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { awaitRevision } from '../rest/resource-version.ts';

export interface PodLocation {
  readonly pod: DeepReadonly<Pod>;
  readonly node: DeepReadonly<Node>;
}

/** The pod that a request names and the node it runs on. @throws ApiError NotFound, BadRequest for a pod without a node */
export async function locatePod(deps: RestDeps, request: RestRequest): Promise<PodLocation> {
  await awaitRevision(deps, '', request.http.signal);
  const pod = deps.objects.cached(pods as unknown as ResourceRow, request)?.object() as DeepReadonly<Pod> | undefined;
  if (!pod) throw notFound(pods, request.name);
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) throw badRequest(`pod ${request.name} does not have a host assigned`);
  const node = deps.objects.cached(nodes as unknown as ResourceRow, { namespace: '', name: nodeName })?.object() as
    DeepReadonly<Node> | undefined;
  if (!node) throw notFound(nodes, nodeName);
  return { pod, node };
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
    ...(ephemeral.length > 0 ? [`or one of the ephemeral containers: [${ephemeral.join(' ')}]`] : []),
  ];
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, ${choices.join(' ')}`);
}
