import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Deps } from '../../component/deps.ts';
import type { Authorize } from '../../component/serving.ts';
import type { Kubelet } from '../kubelet.ts';
import { podOf, RequestError, runningContainer, type PodPath } from './find-container.ts';
import type { StreamingHandlers, UpgradeRequest } from './streaming-handlers.ts';

interface Route extends PodPath {
  readonly verb: 'exec' | 'attach' | 'portForward';
  readonly container?: string;
}

/** Takes requests for another protocol to the handler their path names, once it is clear that they may. */
export function attachUpgrades(
  server: Server,
  given: { readonly kubelet: Kubelet; readonly authorize: Authorize; readonly handlers: StreamingHandlers },
  deps: Pick<Deps, 'log'>,
): void {
  const { kubelet, authorize, handlers } = given;

  const handle = async (upgrade: UpgradeRequest): Promise<void> => {
    const decision = await authorize(upgrade.request);
    if (!decision.allowed) throw new RequestError(decision.status, decision.message);
    const [path = '/', query = ''] = (upgrade.request.url ?? '/').split('?', 2);
    const route = parseRoute(path);
    if (!route) throw new RequestError(404, '404 page not found');
    const parameters = new URLSearchParams(query);
    const { runtime } = kubelet;
    const gone = new AbortController();
    upgrade.socket.once('close', () => gone.abort(new Error('the client has gone')));
    const isOn = (name: string): boolean => ['1', 'true'].includes(parameters.get(name) ?? '');
    // Names of the kubelet's own API, and those of the API server's options.
    const options = {
      stdin: isOn('input') || isOn('stdin'),
      stdout: isOn('output') || isOn('stdout'),
      stderr: isOn('error') || isOn('stderr'),
      tty: isOn('tty'),
    };
    if (route.verb === 'portForward') {
      const pod = podOf(kubelet, route);
      const { sandboxes } = await runtime.observe({ podUid: pod.metadata.uid! });
      const sandbox = sandboxes.find(({ state }) => state === 'ready');
      if (!sandbox) throw new RequestError(404, `pod "${route.pod}" has no running sandbox`);
      return handlers.portForward(upgrade, { runtime, sandboxId: sandbox.id }, gone.signal);
    }
    if (!options.stdin && !options.stdout && !options.stderr) {
      throw new RequestError(400, 'you must specify at least 1 of stdin, stdout, stderr');
    }
    const { id: containerId } = await runningContainer(kubelet, { ...route, container: route.container! });
    if (route.verb === 'attach') return handlers.attach(upgrade, { runtime, containerId }, options, gone.signal);
    const command = parameters.getAll('command');
    if (command.length === 0) throw new RequestError(400, 'you must specify a command');
    return handlers.exec(upgrade, { runtime, containerId }, { ...options, command }, gone.signal);
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    handle({ request, socket, head }).catch((error: unknown) => {
      const isTold = error instanceof RequestError;
      if (!isTold) deps.log.error('upgraded request failed', { path: request.url?.split('?')[0], error });
      refuse(socket, isTold ? error.status : 500, (error as Error).message);
    });
  });
}

/**
 * `/exec/NAMESPACE/POD/CONTAINER`, or with the pod's uid before the container; port-forward names no container. The path
 * is taken as it was sent, which is what was asked about.
 */
function parseRoute(path: string): Route | undefined {
  let parts: string[];
  try {
    parts = path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
  const [verb, namespace, pod, ...rest] = parts;
  if (!namespace || !pod) return undefined;
  switch (verb) {
    case 'exec':
    case 'attach': {
      if (rest.length < 1 || rest.length > 2) return undefined;
      const [container, uid] = [rest.at(-1)!, rest.length === 2 ? rest[0] : undefined];
      return { verb, namespace, pod, container, ...(uid ? { uid } : {}) };
    }
    case 'portForward':
      return rest.length > 1 ? undefined : { verb, namespace, pod, ...(rest[0] ? { uid: rest[0] } : {}) };
    default:
      return undefined;
  }
}

function refuse(socket: Duplex, status: number, message: string): void {
  if (socket.destroyed || !socket.writable) return;
  const text = `${message}\n`;
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}
