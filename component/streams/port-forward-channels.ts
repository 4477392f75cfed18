import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { channelMessagesOf } from './channel-messages.ts';
import type { ForwardedConnection } from './forwarded-connection.ts';

/** Subprotocols of a WebSocket whose messages carry the number of their channel first. */
export const channelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io'];

/**
 * Port-forward as clients before the SPDY tunnel speak it: one connection to each port of the query, on two channels of
 * the WebSocket, 2i for data and 2i + 1 for an error. The first message of a channel is its port, little endian.
 * Resolves when all connections have ended or the client has gone.
 */
export async function forwardChannels(
  { socket, protocol }: { readonly socket: WebSocket; readonly protocol: string },
  ports: readonly number[],
  onConnection: (connection: ForwardedConnection) => void,
): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => socket.terminate());
  const messages = channelMessagesOf(protocol);
  const send = (channel: number, payload: Buffer, callback: (error?: Error | null) => void = () => {}): void => {
    if (socket.readyState !== socket.OPEN) return callback(new Error('the WebSocket is closed'));
    messages.send(socket, { channel, payload }, callback);
  };
  const connections = ports.map((port, i) => {
    const data = new Duplex({
      read: () => socket.resume(),
      write: (chunk: Buffer, _encoding, callback) => send(2 * i, chunk, callback),
    });
    const finished = new Promise<void>((resolve) => {
      const finish = (error?: string): void => {
        if (error !== undefined) send(2 * i + 1, Buffer.from(error));
        data.destroy();
        resolve();
      };
      const number = Buffer.alloc(2);
      number.writeUInt16LE(port);
      send(2 * i, number);
      send(2 * i + 1, number);
      onConnection({ port, data, finish });
    });
    return { data, finished };
  });
  socket.on('message', (message: Buffer) => {
    const { channel, payload } = messages.read(message);
    const connection = connections[channel / 2]; // clients say nothing on the channels of errors
    // A slow pod holds up all ports of this WebSocket: it has no flow control a channel.
    if (connection && !connection.data.destroyed && !connection.data.push(payload)) socket.pause();
  });
  void closed.then(() => connections.forEach(({ data }) => data.destroyed || data.push(null)));
  await Promise.race([closed, Promise.all(connections.map(({ finished }) => finished))]);
  socket.close(1000);
  await closed;
}

/** The ports that the query names, as `port=1&port=2` or `port=1,2`; undefined where one is none. */
export function portsOf(query: URLSearchParams): number[] | undefined {
  const ports = query.getAll('port').flatMap((list) => list.split(',').map(Number));
  return ports.length > 0 && ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)
    ? ports
    : undefined;
}
