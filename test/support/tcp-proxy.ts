import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on loopback, to cut what is between them. */
export interface TcpProxy {
  readonly port: number;
  /** Connections made so far. */
  readonly connections: number;
  /** Breaks all connections at once. New ones are let in unless `refuse` is set. */
  cut(): void;
  /** True: new connections are closed at once. */
  refuse: boolean;
  /** True: what the server sends is swallowed until the connection is cut; what the client sends still arrives. */
  swallowAnswers: boolean;
  /** Told how many bytes the server has sent through in all. */
  onBytes: (total: number) => void;
  stop(): Promise<void>;
}

/** Listens on the loopback and hands on to the port there. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let bytes = 0;
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  const server = createServer((client) => {
    if (proxy.refuse) {
      client.destroy();
      return;
    }
    proxy.connections++;
    const upstream = connect(targetPort, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      bytes += chunk.length;
      proxy.onBytes(bytes);
      if (!proxy.swallowAnswers && !client.write(chunk)) upstream.pause();
    });
    client.on('drain', () => upstream.resume());
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy & { connections: number } = {
    port: (server.address() as { port: number }).port,
    connections: 0,
    refuse: false,
    swallowAnswers: false,
    onBytes: () => {},
    cut,
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
