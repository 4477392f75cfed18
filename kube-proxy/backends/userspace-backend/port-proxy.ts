import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Deps } from '../../../component/deps.ts';
import type { Endpoint, ServicePort } from '../../service-table.ts';
import { EndpointChooser } from './choose-endpoint.ts';

/** What a proxy forwards to; asked anew for every connection, so that a change of endpoints needs no new socket. */
export interface Backends {
  readonly endpoints: readonly Endpoint[];
  readonly affinitySeconds: number;
}

export interface PortProxy {
  close(): Promise<void>;
}

const connectTimeoutMs = 2_000;
const udpIdleMs = 60_000;
const maxWaiting = 64;

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
    const { endpoints, affinitySeconds } = backends();
    const from = { address: client.remoteAddress ?? '', affinitySeconds, nowMs: deps.clock.now() };
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
    for (const [client, flow] of flows) if (nowMs - flow.lastUsedMs > udpIdleMs) endFlow(client);
    timer = deps.clock.after(udpIdleMs / 4, sweep);
  };
  let timer = deps.clock.after(udpIdleMs / 4, sweep);
  server.on('message', (message, peer) => {
    const client = `${peer.address} ${peer.port}`;
    let flow = flows.get(client);
    if (!flow) {
      const { endpoints, affinitySeconds } = backends();
      const endpoint = chooser.choose(
        endpoints,
        { address: peer.address, affinitySeconds, nowMs: deps.clock.now() },
        new Set(),
      );
      if (!endpoint) return;
      const socket = createSocket(endpoint.ip.includes(':') ? 'udp6' : 'udp4');
      const opened: Flow = { socket, waiting: [], lastUsedMs: 0 };
      flow = opened;
      flows.set(client, flow);
      socket.on('error', () => flows.get(client) === opened && endFlow(client)); // refused: the client's next datagram gets another endpoint
      socket.on('message', (reply) => server.send(reply, peer.port, peer.address));
      socket.connect(endpoint.port, endpoint.ip, () => {
        for (const early of opened.waiting ?? []) socket.send(early);
        opened.waiting = undefined;
      });
    }
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
