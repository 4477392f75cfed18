import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Upgrade } from '../../component/streams/accept-upgrade.ts';

export interface UpgradeServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  /** Cuts its connections. */
  close(): void;
}

/** A server on the loopback by plain HTTP/1.1 that knows nothing but upgrades, and hands them on. */
export async function startUpgradeServer(onUpgrade: (upgrade: Upgrade) => void): Promise<UpgradeServer> {
  const sockets = new Set<Socket>();
  const server = http.createServer();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => onUpgrade({ request, socket, head }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
