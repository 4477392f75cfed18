import type { WebSocket } from 'ws';
import { ApiError } from '../../api/meta/errors.ts';
import { acceptUpgrade } from '../../component/streams/accept-upgrade.ts';
import { offeredProtocols } from '../authenticators/bearer-token.ts';
import type { ApiResponse, ResponseSink, UpgradeRequest } from '../request.ts';

/** What a client that asks for a WebSocket gets of a watch: each event in a message of its own. */
export interface WebSocketWatch {
  readonly upgrade: UpgradeRequest;
  /** Text messages for JSON, binary ones for protobuf. */
  readonly format: 'json' | 'protobuf';
  /** Writes the events as a body would have them: lines of JSON, or messages with their length before them. */
  readonly write: (sink: ResponseSink, signal: AbortSignal) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Does the client ask to speak WebSocket? */
export function wantsWebSocket(upgrade: UpgradeRequest | undefined): upgrade is UpgradeRequest {
  return upgrade?.protocol.toLowerCase() === 'websocket';
}

/** Answers the handshake; the watch then goes on by itself until either side ends it. */
export async function startWebSocketWatch({ upgrade, format, write, onError }: WebSocketWatch): Promise<ApiResponse> {
  const { incoming: request, socket, head } = upgrade;
  // What the client offers is none of our business here: it only wants one of it echoed.
  const websocket = offeredProtocols(request.headers['sec-websocket-protocol']);
  const accepted = await acceptUpgrade({ request, socket, head }, { websocket, spdy: [] });
  if (accepted.kind !== 'websocket') throw new ApiError('InternalError', 'the WebSocket could not be opened');
  void carry(accepted.socket, format, write).catch(onError);
  return { status: 101, headers: {}, body: { kind: 'upgraded' } };
}

async function carry(
  socket: WebSocket,
  format: WebSocketWatch['format'],
  write: WebSocketWatch['write'],
): Promise<void> {
  const gone = new AbortController();
  socket.on('close', () => gone.abort(new Error('the client has gone')));
  socket.on('error', () => socket.terminate());
  try {
    await write(sinkOf(socket, format === 'json' ? linesOf : messagesOf), gone.signal);
  } finally {
    socket.close(1000);
  }
}

/** From here on the client counts as slow, in bytes. */
const highWaterMark = 64 * 1024;

function sinkOf(socket: WebSocket, split: (chunk: Buffer) => Iterable<string | Buffer>): ResponseSink {
  let waiting: (() => void)[] = [];
  const isSlow = (): boolean => socket.readyState === socket.OPEN && socket.bufferedAmount > highWaterMark;
  const release = (): void => {
    if (isSlow()) return;
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve();
  };
  socket.on('close', release);
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    write: (chunk) => {
      if (socket.readyState !== socket.OPEN) return false;
      for (const message of split(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)))
        socket.send(message, release);
      return !isSlow();
    },
    drained: () => (isSlow() ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}

function* linesOf(chunk: Buffer): Iterable<string> {
  for (let from = 0; from < chunk.length;) {
    const end = chunk.indexOf(0x0a, from);
    const to = end < 0 ? chunk.length : end + 1;
    yield chunk.toString('utf8', from, to);
    from = to;
  }
}

function* messagesOf(chunk: Buffer): Iterable<Buffer> {
  for (let from = 0; from + 4 <= chunk.length;) {
    const to = from + 4 + chunk.readUInt32BE(from);
    yield chunk.subarray(from + 4, to);
    from = to;
  }
}
