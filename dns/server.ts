import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import packet, { type Packet } from 'dns-packet';
import { counter, histogram } from '../component/metrics.ts';
import type { Deps } from '../component/deps.ts';
import { frame, type Forwarder } from './forwarder.ts';
import { errorReply, fitToUdp, zoneReply } from './reply.ts';
import { resolveInZone, type ClusterView, type ZoneOptions } from './zone.ts';

export interface DnsServerOptions {
  readonly bindAddress: string;
  /** 0 takes a free one, the same for UDP and TCP. */
  readonly port: number;
  readonly zone: ZoneOptions;
  readonly view: ClusterView;
  readonly forwarder: Forwarder;
}

export interface DnsServer {
  readonly port: number;
  /** Resolves once both sockets are closed, after the signal has aborted. */
  readonly closed: Promise<void>;
}

type Protocol = 'udp' | 'tcp';

const tcpIdleMs = 10_000;
const maxTcpConnections = 1_000;

/** Answers DNS by UDP and TCP: the cluster's zone by itself, everything else by the forwarder. Resolves once it listens. */
export async function startDnsServer(options: DnsServerOptions, deps: Deps, signal: AbortSignal): Promise<DnsServer> {
  const answer = createAnswerer(options, deps);
  const tcp = createServer((socket) => serveConnection(socket, answer));
  tcp.maxConnections = maxTcpConnections;
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(options.port, options.bindAddress, resolve);
  });
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket({ type: options.bindAddress.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 1024 * 1024 });
  udp.on('message', (message, peer) => {
    void answer(message, 'udp').then((reply) => reply && udp.send(reply, peer.port, peer.address));
  });
  await new Promise<void>((resolve, reject) => {
    udp.once('error', (error) => {
      tcp.close();
      reject(error);
    });
    udp.bind(port, options.bindAddress, resolve);
  });
  udp.removeAllListeners('error').on('error', (error) => deps.log.warn('UDP socket failed', { error }));
  tcp.removeAllListeners('error').on('error', (error) => deps.log.warn('TCP socket failed', { error }));
  const connections = new Set<Socket>();
  tcp.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const closed = new Promise<void>((resolve) => {
    const stop = (): void => {
      udp.close(() => tcp.close(() => resolve()));
      for (const socket of connections) socket.destroy();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return { port, closed };
}

/** One query in, one reply out; undefined for what deserves none. Never rejects. */
function createAnswerer(
  options: DnsServerOptions,
  deps: Deps,
): (message: Buffer, protocol: Protocol) => Promise<Buffer | undefined> {
  const { zone, view, forwarder } = options;
  const requests = counter(deps.metrics, {
    name: 'coredns_dns_requests_total',
    help: 'Counter of DNS requests made per zone, protocol and type.',
    labelNames: ['zone', 'proto', 'type'],
  });
  const durations = histogram(deps.metrics, {
    name: 'coredns_dns_request_duration_seconds',
    help: 'Histogram of the time (in seconds) each request took per zone.',
    labelNames: ['zone'],
    buckets: [
      0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192,
    ],
  });
  const knownTypes = new Set(['A', 'AAAA', 'SRV', 'PTR', 'TXT', 'MX', 'NS', 'SOA', 'CNAME', 'ANY']);

  return async (message, protocol) => {
    const startedMs = deps.clock.monotonicMs();
    if (message.length < 12 || (message[2]! & 0x80) !== 0) return undefined; // too short, or itself a reply
    let query: Packet;
    try {
      query = packet.decode(message);
    } catch {
      return errorReply({ id: message.readUInt16BE(0), questions: [] }, 'formatError'); // cannot be read: FORMERR says so
    }
    const question = query.questions?.[0];
    if (!question || query.questions?.length !== 1) return errorReply(query, 'formatError');
    const asked = { name: question.name.toLowerCase(), type: question.type };
    const answer = resolveInZone(asked, view, zone);
    const label = answer.kind === 'notMine' ? '.' : `${zone.domain}.`;
    requests.inc({ zone: label, proto: protocol, type: knownTypes.has(asked.type) ? asked.type : 'other' });
    let reply: Buffer;
    if (answer.kind === 'notMine') {
      try {
        reply = await forwarder.forward(message, protocol);
      } catch (error) {
        if (deps.log.enabled('debug')) deps.log.debug('no upstream resolver answered', { error });
        reply = errorReply(query, 'serverFailure');
      }
    } else {
      reply = zoneReply(query, answer, zone);
      if (protocol === 'udp') reply = fitToUdp(reply, query);
    }
    durations.observe({ zone: label }, (deps.clock.monotonicMs() - startedMs) / 1000);
    return reply;
  };
}

/** Messages on a TCP connection come one after another, each behind its length; replies may overtake each other (RFC 7766). */
function serveConnection(
  socket: Socket,
  answer: (message: Buffer, protocol: Protocol) => Promise<Buffer | undefined>,
): void {
  let pending: Buffer = Buffer.alloc(0);
  // Silence is the socket's own to measure: its timer starts anew with every byte and ends with it.
  socket.setTimeout(tcpIdleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy()); // the client went away
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const message = pending.subarray(2, end);
      pending = pending.subarray(end);
      void answer(message, 'tcp').then((reply) => reply && !socket.destroyed && socket.write(frame(reply)));
    }
  });
}
