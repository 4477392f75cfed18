import { badRequest } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { chooseContainer, locatePod } from './pod-location.ts';
import { relayUpgrade, upgradeHeaders } from './relay.ts';
import type { Subresource } from './subresource.ts';

/** A subresource of a pod that hands the client's connection on to the kubelet of its node. */
function connectSubresource(
  name: string,
  pathOf: (pod: DeepReadonly<Pod>, query: URLSearchParams) => string,
): Subresource {
  return {
    name,
    handle: async (deps, request) => {
      const { method, query, upgrade, signal } = request.http;
      if (method !== 'GET' && method !== 'POST') throw methodNotAllowed();
      const { pod, node } = await locatePod(deps, request);
      const path = pathOf(pod, query);
      const headers = upgradeHeaders(upgrade);
      const answer = await deps.kubelets.upgrade(node, { method, path, headers, signal });
      if (deps.log.enabled('debug') && answer.kind === 'upgraded')
        deps.log.debug('connection handed on to the kubelet', {
          subresource: name,
          pod: request.name,
          protocol: upgrade!.protocol,
        });
      return relayUpgrade(upgrade!, answer);
    },
  };
}

/** The stream options of exec and attach under the kubelet's names. @throws ApiError BadRequest where no stream is wanted */
function streamQuery(query: URLSearchParams): URLSearchParams {
  const isTrue = (name: string): boolean => /^(1|true|t)$/i.test(query.get(name) ?? '');
  // As upstream: stdout and stderr are on only where they are asked for.
  const wanted = new URLSearchParams();
  for (const [name, kubelets] of [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ] as const)
    if (isTrue(name)) wanted.set(kubelets, '1');
  if (!wanted.has('input') && !wanted.has('output') && !wanted.has('error'))
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return wanted;
}

const at = (pod: DeepReadonly<Pod>, container?: string): string =>
  `/${pod.metadata.namespace}/${pod.metadata.name}${container === undefined ? '' : `/${container}`}`;

/** `pods/NAME/exec`: runs a command in a container. */
export const execSubresource = connectSubresource('exec', (pod, query) => {
  const container = chooseContainer(pod, query.get('container') ?? '');
  const wanted = streamQuery(query);
  const command = query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least one command for the container');
  for (const word of command) wanted.append('command', word);
  return `/exec${at(pod, container)}?${wanted}`;
});

/** `pods/NAME/attach`: the streams of the process that a container runs. */
export const attachSubresource = connectSubresource('attach', (pod, query) => {
  const container = chooseContainer(pod, query.get('container') ?? '');
  return `/attach${at(pod, container)}?${streamQuery(query)}`;
});

/** `pods/NAME/portforward`: connections to ports of a pod. */
export const portForwardSubresource = connectSubresource('portforward', (pod, query) => {
  const ports = query.getAll('ports');
  return `/portForward${at(pod)}${ports.length > 0 ? `?${new URLSearchParams(ports.map((port) => ['port', port]))}` : ''}`;
});
