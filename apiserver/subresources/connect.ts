import { badRequest, internalError } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { ConnectionError, unknownError } from '../kubelets/connection-error.ts';
import { addressOf } from '../kubelets/kubelet-client.ts';
import { mustAlsoBeAllowed } from '../rest/also-allowed.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { parseGoInt } from '../rest/write-options.ts';
import { isTrue } from '../stages/request-info.ts';
import { chooseContainer, nodeOf, podOf } from './pod-location.ts';
import { refusalOf, refuseByChannel, speaksVersion5 } from './refuse-by-channel.ts';
import { relayUpgrade, upgradeHeaders } from './relay.ts';
import type { Subresource } from './subresource.ts';

/** A subresource of a pod that hands the client's connection on to the kubelet of its node. */
function connectSubresource(
  name: string,
  pathOf: (pod: DeepReadonly<Pod>, query: URLSearchParams) => string,
  options: { readonly hasErrorChannel: boolean },
): Subresource {
  return {
    name,
    handle: async (deps, request) => {
      const { method, query, upgrade, signal } = request.http;
      if (method !== 'GET' && method !== 'POST') throw methodNotAllowed();
      // A WebSocket begins with GET: who may only look must not get a shell by it.
      await mustAlsoBeAllowed(deps, request, 'create');
      const pod = await podOf(deps, request);
      const path = pathOf(pod, query);
      const node = nodeOf(deps, pod);
      if (!node) throw badRequest(`pod ${request.name} does not have a host assigned`);
      const { host, port } = addressOf(node, deps.kubelets.preferredAddressTypes);
      if (!upgrade) throw badRequest('Upgrade request required');
      const tellsByChannel = options.hasErrorChannel && speaksVersion5(upgrade);
      try {
        const answer = await deps.kubelets.upgrade(node, { method, path, headers: upgradeHeaders(upgrade), signal });
        if (deps.log.enabled('debug') && answer.kind === 'upgraded')
          deps.log.debug('connection handed on to the kubelet', {
            subresource: name,
            pod: request.name,
            protocol: upgrade.protocol,
          });
        if (tellsByChannel && answer.kind === 'answered')
          return await refuseByChannel(upgrade, await refusalOf(answer.response), deps.clock);
        return await relayUpgrade(upgrade, answer);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        if (!tellsByChannel) throw unknownError(`error dialing backend: ${error.message}`, error);
        const why = `error sending request: Post "https://${host}:${port}${path}": ${error.message}`;
        return await refuseByChannel(upgrade, internalError(new Error(why)), deps.clock);
      }
    },
  };
}

/** The stream options of exec and attach under the kubelet's names; on only where they are asked for. */
function streamQuery(query: URLSearchParams): URLSearchParams {
  const wanted = new URLSearchParams();
  for (const [name, kubelets] of [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ] as const)
    if (isTrue(query.get(name))) wanted.set(kubelets, '1');
  return wanted;
}

const at = (pod: DeepReadonly<Pod>, container?: string): string =>
  `/${pod.metadata.namespace}/${pod.metadata.name}${container === undefined ? '' : `/${container}`}`;

/** `pods/NAME/exec`: runs a command in a container. */
export const execSubresource = connectSubresource(
  'exec',
  (pod, query) => {
    const container = chooseContainer(pod, query.get('container') ?? '');
    const wanted = streamQuery(query);
    for (const word of query.getAll('command')) wanted.append('command', word);
    return `/exec${at(pod, container)}${search(wanted)}`;
  },
  { hasErrorChannel: true },
);

/** `pods/NAME/attach`: the streams of the process that a container runs. */
export const attachSubresource = connectSubresource(
  'attach',
  (pod, query) => {
    const container = chooseContainer(pod, query.get('container') ?? '');
    return `/attach${at(pod, container)}${search(streamQuery(query))}`;
  },
  { hasErrorChannel: true },
);

/** `pods/NAME/portforward`: connections to ports of a pod. */
export const portForwardSubresource = connectSubresource(
  'portforward',
  (pod, query) => {
    const ports = query
      .getAll('ports')
      .flatMap((text) => text.split(','))
      .map(parseGoInt);
    return `/portForward${at(pod)}${ports.length > 0 ? `?port=${ports.join(',')}` : ''}`;
  },
  { hasErrorChannel: false },
);

const search = (query: URLSearchParams): string => (query.size > 0 ? `?${query}` : '');
