import { acceptUpgrade, type Upgrade } from './accept-upgrade.ts';
import type { ForwardedConnection } from './forwarded-connection.ts';
import { channelProtocols, forwardChannels, portsOf } from './port-forward-channels.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';
import { WebSocketTunnel } from './websocket-tunnel.ts';

const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
const spdy = ['portforward.k8s.io'];

/**
 * The server's side of port-forward, by SPDY, by SPDY in a WebSocket or by channels of a WebSocket (then the query names
 * the ports): calls `onConnection` for each connection. Resolves when the client has gone. `onAccepted` tells by which way it came.
 */
export async function acceptPortForward(
  upgrade: Upgrade,
  onConnection: (connection: ForwardedConnection) => void,
  onAccepted: (how: 'spdy' | 'websocket') => void = () => {},
): Promise<void> {
  const ports = portsOf(new URL(upgrade.request.url ?? '/', 'http://server').searchParams);
  const accepted = await acceptUpgrade(upgrade, {
    websocket: ports ? [tunnelProtocol, ...channelProtocols] : [tunnelProtocol],
    spdy,
  });
  if (accepted.kind === 'refused') return;
  onAccepted(accepted.kind);
  if (accepted.kind === 'websocket' && accepted.protocol !== tunnelProtocol && ports)
    return forwardChannels(accepted, ports, onConnection);
  const transport = accepted.kind === 'websocket' ? new WebSocketTunnel(accepted.socket) : accepted.socket;
  const head = accepted.kind === 'websocket' ? Buffer.alloc(0) : accepted.head;
  /** A connection is a pair of streams with one request id. */
  const halves = new Map<string, { error?: SpdyStream; data?: SpdyStream }>();
  const connection = new SpdyConnection(transport, head, (stream) => {
    const type = stream.headers['streamtype'];
    const port = Number(stream.headers['port']);
    if ((type !== 'error' && type !== 'data') || !Number.isInteger(port) || port < 1 || port > 65_535) {
      stream.destroy(new Error('not a stream of port-forward'));
      return;
    }
    const id = stream.headers['requestid'] ?? stream.headers['port']!;
    const pair = halves.get(id) ?? {};
    pair[type] = stream;
    halves.set(id, pair);
    const { error, data } = pair;
    if (!error || !data) return;
    halves.delete(id);
    error.resume();
    onConnection({
      port,
      data,
      finish: (message) => {
        if (message !== undefined && !error.destroyed) error.end(message);
        else error.end();
        if (!data.destroyed) data.end();
      },
    });
  });
  await connection.closed;
}
