import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** An HTTP/1.1 request that asks for another protocol, with its connection. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export type Accepted =
  | { readonly kind: 'websocket'; readonly protocol: string; readonly socket: WebSocket }
  | { readonly kind: 'spdy'; readonly protocol: string; readonly socket: Duplex; readonly head: Buffer }
  /** Answered with an error already; the connection is closed. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Offers {
  /** Subprotocols of WebSockets, the best first. */
  readonly websocket: readonly string[];
  /** Values of `X-Stream-Protocol-Version` for SPDY, the best first. */
  readonly spdy: readonly string[];
}

/** Answers the handshake with the best protocol that both sides know. */
export async function acceptUpgrade(upgrade: Upgrade, offers: Offers): Promise<Accepted> {
  const wanted = (upgrade.request.headers.upgrade ?? '').toLowerCase();
  if (wanted === 'websocket') return acceptWebSocket(upgrade, offers.websocket);
  if (wanted === 'spdy/3.1') return acceptSpdy(upgrade, offers.spdy);
  return refuse(
    upgrade,
    400,
    `unable to upgrade: missing upgrade headers in request: ${JSON.stringify(upgrade.request.headers.upgrade ?? '')}`,
  );
}

function acceptSpdy(upgrade: Upgrade, offers: readonly string[]): Accepted {
  const asked = listOf(upgrade.request.headers['x-stream-protocol-version']);
  const protocol = offers.find((offer) => asked.includes(offer));
  if (protocol === undefined && asked.length > 0)
    return refuse(
      upgrade,
      403,
      `unable to upgrade: unable to negotiate protocol: client supports [${asked.join(' ')}], server accepts [${offers.join(' ')}]`,
    );
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  if (protocol !== undefined) lines.push(`X-Stream-Protocol-Version: ${protocol}`);
  upgrade.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return { kind: 'spdy', protocol: protocol ?? '', socket: upgrade.socket, head: upgrade.head };
}

async function acceptWebSocket(upgrade: Upgrade, offers: readonly string[]): Promise<Accepted> {
  const asked = listOf(upgrade.request.headers['sec-websocket-protocol']);
  const protocol = offers.find((offer) => asked.includes(offer));
  if (protocol === undefined && asked.length > 0)
    return refuse(
      upgrade,
      400,
      `unable to negotiate a WebSocket subprotocol: client supports [${asked.join(' ')}], server accepts [${offers.join(' ')}]`,
    );
  // `ws` refuses names with a slash (SPDY/3.1+portforward.k8s.io): the header goes around it.
  delete upgrade.request.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({ noServer: true, maxPayload: 32 * 1024 * 1024, perMessageDeflate: false });
  server.on('headers', (headers) => {
    if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });
  const socket = await new Promise<WebSocket>((resolve, reject) => {
    server.on('wsClientError', reject);
    server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.head, resolve);
  });
  return { kind: 'websocket', protocol: protocol ?? '', socket };
}

function refuse({ socket }: Upgrade, code: 400 | 403, reason: string): Accepted {
  const text = `${reason}\n`;
  const title = code === 400 ? 'Bad Request' : 'Forbidden';
  socket.end(
    `HTTP/1.1 ${code} ${title}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
  return { kind: 'refused', reason };
}

function listOf(header: string | string[] | undefined): string[] {
  return (Array.isArray(header) ? header : [header ?? ''])
    .join(',')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
