import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Deps } from '../../../component/deps.ts';
import type { Endpoint, ServicePort } from '../../service-table.ts';
import { EndpointChooser } from './choose-endpoint.ts';

/** What a proxy forwards to; asked anew for every connection, so that a change of endpoints needs no new socket. */
export interface Backends {
  readonly endpoints: readonly Endpoint[];
  readonly affinitySeconds: number;
  /** Whom to let in, by address; everybody where nothing is said. */
  readonly mayConnect?: (address: string) => boolean;
}

export interface PortProxy {
  close(): Promise<void>;
}

const connectTimeoutMs = 2_000;
const udpIdleMs = 60_000;
const maxWaiting = 64;
/** Each flow is a socket: of more clients the one that was silent longest is forgotten. */
const maxFlows = 4_096;

/** Listens on one address and forwards each connection (UDP: each client) to an endpoint. Resolves once it listens. */
export function openPortProxy(
  at: { readonly protocol: ServicePort['protocol']; readonly address: string; readonly port: number },
  backends: () => Backends,
  deps: Deps,
): Promise<PortProxy> {
  const chooser = new EndpointChooser(deps.random);
  switch (at.protocol) {
    case 'TCP':
      return openTcp(at, backends, chooser, deps);
    case 'UDP':
      return openUdp(at, backends, chooser, deps);
    case 'SCTP':
      return Promise.reject(new Error('SCTP cannot be forwarded in user space'));
  }
}

type At = { readonly address: string; readonly port: number };

async function openTcp(at: At, backends: () => Backends, chooser: EndpointChooser, deps: Deps): Promise<PortProxy> {
  const sockets = new Set<Socket>();
  const own = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket));
  };
  const server: Server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    own(client).on('error', () => client.destroy());
    forward(client, new Set());
  });
  const forward = (client: Socket, tried: Set<Endpoint>): void => {
    const { endpoints, affinitySeconds, mayConnect } = backends();
    const from = { address: client.remoteAddress ?? '', affinitySeconds, nowMs: deps.clock.now() };
    if (mayConnect?.(from.address) === false) {
      client.destroy();
      return;
    }
    const endpoint = chooser.choose(endpoints, from, tried);
    if (!endpoint) {
      client.resetAndDestroy();
      return;
    }
    const upstream = own(connect({ host: endpoint.ip, port: endpoint.port, allowHalfOpen: true }));
    const timer = deps.clock.after(connectTimeoutMs, () => upstream.destroy(new Error('no answer')));
    const onFailure = (): void => {
      timer.cancel();
      if (!client.destroyed) forward(client, tried.add(endpoint));
    };
    upstream.once('error', onFailure);
    upstream.once('connect', () => {
      timer.cancel();
      upstream.off('error', onFailure);
      upstream.on('error', () => client.destroy());
      if (client.destroyed) upstream.destroy();
      // After a clean end the other side is ended by the pipe, once all that it was sent has gone out.
      client.on('close', () => client.readableEnded || upstream.destroy());
      upstream.on('close', () => upstream.readableEnded || client.destroy());
      client.pipe(upstream);
      upstream.pipe(client);
    });
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.address, resolve);
  });
  server.on('error', (error) => deps.log.warn('listening failed', { ...at, error }));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Flow {
  readonly socket: UdpSocket;
  /** Datagrams that came before the socket was connected; undefined from then on. */
  waiting: Buffer[] | undefined;
  lastUsedMs: number;
  readonly endpoint: Endpoint;
  /** The endpoints among which its own was when last looked at. */
  among: readonly Endpoint[];
}

async function openUdp(at: At, backends: () => Backends, chooser: EndpointChooser, deps: Deps): Promise<PortProxy> {
  const family = at.address.includes(':') ? 'udp6' : 'udp4';
  const server = createSocket(family);
  const flows = new Map<string, Flow>();
  let isClosed = false;
  const endFlow = (client: string): void => {
    flows.get(client)?.socket.close();
    flows.delete(client);
  };
  const sweep = (): void => {
    if (isClosed) return;
    const nowMs = deps.clock.monotonicMs();
    for (const [client, flow] of flows) {
      if (nowMs - flow.lastUsedMs <= udpIdleMs) break;
      endFlow(client);
    }
    timer = deps.clock.after(udpIdleMs / 4, sweep);
  };
  let timer = deps.clock.after(udpIdleMs / 4, sweep);
  const openFlow = (client: string, peer: RemoteInfo): Flow | undefined => {
    const { endpoints, affinitySeconds, mayConnect } = backends();
    if (mayConnect?.(peer.address) === false) return undefined;
    const from = { address: peer.address, affinitySeconds, nowMs: deps.clock.now() };
    const endpoint = chooser.choose(endpoints, from, new Set());
    if (!endpoint) return undefined;
    const socket = createSocket(endpoint.ip.includes(':') ? 'udp6' : 'udp4');
    const flow: Flow = { socket, waiting: [], lastUsedMs: 0, endpoint, among: endpoints };
    socket.on('error', () => flows.get(client) === flow && endFlow(client)); // refused: the client's next datagram gets another endpoint
    socket.on('message', (reply) => server.send(reply, peer.port, peer.address));
    socket.connect(endpoint.port, endpoint.ip, () => {
      for (const early of flow.waiting ?? []) socket.send(early);
      flow.waiting = undefined;
    });
    if (flows.size >= maxFlows) endFlow(flows.keys().next().value!);
    return flow;
  };
  server.on('message', (message, peer) => {
    const client = `${peer.address} ${peer.port}`;
    let flow = flows.get(client);
    if (flow && !isStillThere(flow, backends().endpoints)) {
      endFlow(client);
      flow = undefined;
    }
    flow ??= openFlow(client, peer);
    if (!flow) return;
    flows.delete(client); // so that the map is in the order of last use
    flows.set(client, flow);
    if (!flow.waiting) flow.socket.send(message);
    else if (flow.waiting.length < maxWaiting) flow.waiting.push(message);
    flow.lastUsedMs = deps.clock.monotonicMs();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind(at.port, at.address, resolve);
  });
  server.on('error', (error) => deps.log.warn('listening failed', { ...at, error }));
  return {
    close: () =>
      new Promise((resolve) => {
        isClosed = true;
        timer.cancel();
        for (const client of flows.keys()) endFlow(client);
        server.close(() => resolve());
      }),
  };
}

/** A client that goes on sending must not go on to an endpoint that is gone. */
function isStillThere(flow: Flow, endpoints: readonly Endpoint[]): boolean {
  if (flow.among !== endpoints) {
    flow.among = endpoints;
    return endpoints.some(({ ip, port }) => ip === flow.endpoint.ip && port === flow.endpoint.port);
  }
  return true;
}
