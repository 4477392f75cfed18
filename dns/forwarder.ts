import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import type { Deps } from '../component/deps.ts';

export interface Forwarder {
  /** The upstream's reply to the query, as it came. Rejects when no upstream answers. */
  forward(query: Buffer, protocol: 'udp' | 'tcp'): Promise<Buffer>;
}

export interface ForwarderOptions {
  /** Addresses, each with a port where it is not 53: `10.0.0.2`, `127.0.0.1:5353`, `[fd00::1]:53`. */
  readonly upstreams: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Hands queries on to resolvers, the one that answered last first. Each query has a socket of its own with a source port
 * that the kernel chose at random and is connected to its upstream, so that nobody else can answer it.
 */
export function createForwarder(options: ForwarderOptions, deps: Pick<Deps, 'clock'>): Forwarder {
  const upstreams = options.upstreams.map(parseUpstream);
  let preferred = 0;
  return {
    async forward(query, protocol) {
      let last: unknown = new Error('no upstream resolver is known');
      for (let i = 0; i < upstreams.length; i++) {
        const index = (preferred + i) % upstreams.length;
        try {
          const ask = protocol === 'udp' ? askByUdp : askByTcp;
          const reply = await ask(upstreams[index]!, query, options.timeoutMs, deps);
          preferred = index;
          return reply;
        } catch (error) {
          last = error;
        }
      }
      throw last;
    },
  };
}

/** The resolvers of a resolv.conf(5), without those in `exclude` (asking ourselves would go round in a circle). */
export function resolversOf(resolvConf: string, exclude: readonly string[] = []): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map((match) => match[1]!)
    .filter((address) => !exclude.includes(address));
}

interface Upstream {
  readonly host: string;
  readonly port: number;
}

/** Throws where the text is not an address with or without a port. */
export function parseUpstream(text: string): Upstream {
  const match = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? (isIP(text) ? [text, text] : /^([^:]+)(?::(\d+))?$/.exec(text));
  const host = match?.[1]?.split('%')[0] ?? '';
  if (!match || !isIP(host))
    throw new Error(`"${text}" is not the address of a resolver: give one such as 10.0.0.2 or 10.0.0.2:53`);
  return { host, port: Number(match[2] ?? 53) };
}

function askByUdp(
  upstream: Upstream,
  query: Buffer,
  timeoutMs: number,
  { clock }: Pick<Deps, 'clock'>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(upstream.host.includes(':') ? 'udp6' : 'udp4');
    const timer = clock.after(timeoutMs, () =>
      end(new Error(`${upstream.host} did not answer within ${timeoutMs} ms`)),
    );
    const end = (result: Buffer | Error): void => {
      timer.cancel();
      socket.removeAllListeners();
      socket.on('error', () => undefined); // closing: nobody waits for it any more
      socket.close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    socket.on('error', end);
    socket.on('message', (reply) => {
      if (reply.length >= 12 && reply.readUInt16BE(0) === query.readUInt16BE(0)) end(reply);
    });
    socket.connect(upstream.port, upstream.host, () => socket.send(query));
  });
}

function askByTcp(
  upstream: Upstream,
  query: Buffer,
  timeoutMs: number,
  { clock }: Pick<Deps, 'clock'>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(upstream.port, upstream.host);
    const timer = clock.after(timeoutMs, () =>
      socket.destroy(new Error(`${upstream.host} did not answer within ${timeoutMs} ms`)),
    );
    const received: Buffer[] = [];
    socket.on('connect', () => socket.write(frame(query)));
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      const all = Buffer.concat(received);
      if (all.length < 2 || all.length < 2 + all.readUInt16BE(0)) return;
      timer.cancel();
      socket.destroy();
      resolve(all.subarray(2, 2 + all.readUInt16BE(0)));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      timer.cancel();
      reject(new Error(`${upstream.host} closed the connection`)); // without effect once resolved
    });
  });
}

/** Two bytes of length go before a message on TCP (RFC 1035 §4.2.2). */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
