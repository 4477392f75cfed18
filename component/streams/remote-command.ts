import { PassThrough, Writable, type Duplex, type Readable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Status } from '../../api/schema/generated/meta-v1.ts';
import { acceptUpgrade, type Upgrade } from './accept-upgrade.ts';
import { channelMessagesOf } from './channel-messages.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';

/** Which streams a client wants of exec or attach. With a terminal stdout carries stderr too. */
export interface StreamWishes {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The streams of an exec or attach, whatever protocol carries them. */
export interface RemoteStreams {
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** Called with each size the client's terminal takes. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Tells how it ended, ends all streams and the connection; a client that does not close it is cut off. */
  finish(status: Status): Promise<void>;
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
}

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const offers = {
  websocket: [
    'v5.channel.k8s.io',
    'v4.channel.k8s.io',
    'v4.base64.channel.k8s.io',
    'v3.channel.k8s.io',
    'v2.channel.k8s.io',
    'channel.k8s.io',
    'base64.channel.k8s.io',
  ],
  spdy: ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'],
};
/** How long a SPDY client may take to open all streams it asked for, in ms. */
const streamsTimeoutMs = 30_000;
/** How long a client may take to read the end and to close, in ms; then the connection is cut. */
const finishTimeoutMs = 10_000;

type After = (ms: number, run: () => void) => { cancel(): void };

/**
 * The server's side of exec and attach: answers the handshake and resolves once the client's streams are there;
 * undefined where the handshake failed (answered already). `after` starts a timer.
 */
export async function acceptRemoteCommand(
  upgrade: Upgrade,
  wishes: StreamWishes,
  after: After,
): Promise<RemoteStreams | undefined> {
  const accepted = await acceptUpgrade(upgrade, offers);
  switch (accepted.kind) {
    case 'refused':
      return undefined;
    case 'websocket':
      return webSocketStreams(accepted.socket, wishes, accepted.protocol, after);
    case 'spdy':
      return spdyStreams(accepted.socket, accepted.head, wishes, accepted.protocol, after);
  }
}

function webSocketStreams(socket: WebSocket, wishes: StreamWishes, protocol: string, after: After): RemoteStreams {
  const stdin = wishes.stdin ? new PassThrough() : undefined;
  const resizes = new ResizeSource();
  const messages = channelMessagesOf(protocol);
  socket.on('message', (data: Buffer) => {
    const { channel, payload } = messages.read(data);
    switch (channel) {
      case channels.stdin:
        if (stdin && !stdin.writableEnded && !stdin.write(payload)) {
          socket.pause();
          stdin.once('drain', () => socket.resume());
        }
        return;
      case channels.resize:
        resizes.takeJson(payload.toString());
        return;
      case channels.close: // v5: [255, channel] half-closes
        if (payload[0] === channels.stdin) stdin?.end();
        return;
      default:
        return; // the server's own channels are not the client's to write
    }
  });
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => socket.terminate());
  void closed.then(() => stdin?.end());
  const send = (channel: number, payload: Buffer, done?: () => void): void =>
    messages.send(socket, { channel, payload }, done);
  const output = (channel: number): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, callback) => {
        if (socket.readyState !== socket.OPEN) return callback();
        send(channel, chunk, callback);
      },
    });
  // As upstream: an empty message tells the client that all is connected.
  send(wishes.stdout ? channels.stdout : wishes.stderr ? channels.stderr : channels.error, Buffer.alloc(0));
  return {
    stdin,
    stdout: wishes.stdout ? output(channels.stdout) : undefined,
    stderr: wishes.stderr && !wishes.tty ? output(channels.stderr) : undefined,
    onResize: (listener) => resizes.listen(listener),
    closed,
    finish: async (status) => {
      const timer = after(finishTimeoutMs, () => socket.terminate());
      if (socket.readyState === socket.OPEN) {
        const text = errorText(status, protocol);
        if (text) await new Promise<void>((resolve) => send(channels.error, Buffer.from(text), () => resolve()));
        socket.close(1000);
      }
      await closed;
      timer.cancel();
    },
  };
}

async function spdyStreams(
  socket: Duplex,
  head: Buffer,
  wishes: StreamWishes,
  protocol: string,
  after: After,
): Promise<RemoteStreams | undefined> {
  const wanted = ['error'];
  if (wishes.stdin) wanted.push('stdin');
  if (wishes.stdout) wanted.push('stdout');
  if (wishes.stderr && !wishes.tty) wanted.push('stderr');
  if (wishes.tty && protocol !== 'channel.k8s.io' && protocol !== 'v2.channel.k8s.io') wanted.push('resize');
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<boolean>();
  const connection = new SpdyConnection(socket, head, (stream) => {
    streams.set(stream.headers['streamtype'] ?? '', stream);
    if (wanted.every((type) => streams.has(type))) complete.resolve(true);
  });
  const timer = after(streamsTimeoutMs, () => complete.resolve(false));
  void connection.closed.then(() => complete.resolve(false));
  const isComplete = await complete.promise;
  timer.cancel();
  if (!isComplete) {
    connection.close();
    return undefined;
  }
  const resizes = new ResizeSource();
  streams.get('resize')?.on('data', (chunk: Buffer) => resizes.takeJson(chunk.toString()));
  const error = streams.get('error')!;
  for (const type of ['stdout', 'stderr', 'error']) streams.get(type)?.resume(); // the client sends nothing on them
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize: (listener) => resizes.listen(listener),
    closed: connection.closed,
    finish: async (status) => {
      const timer = after(finishTimeoutMs, () => socket.destroy());
      const text = errorText(status, protocol);
      if (text) await new Promise<void>((resolve) => error.write(text, () => resolve()));
      // Each stream's own end must be on its way before the connection's.
      await Promise.all(
        ['stdout', 'stderr', 'error'].map(async (type) => {
          const stream = streams.get(type);
          if (stream && !stream.destroyed) await new Promise<void>((resolve) => stream.end(() => resolve()));
        }),
      );
      connection.close();
      await connection.closed;
      timer.cancel();
    },
  };
}

/** v4 and later: a Status in any case. Before: only the message of a failure. */
function errorText(status: Status, protocol: string): string {
  if (/^v[45]\./.test(protocol)) return JSON.stringify(status);
  return status.status === 'Success' ? '' : (status.message ?? '');
}

/** Sizes of the client's terminal; keeps the last for a listener that comes late. */
class ResizeSource {
  #listener: ((size: TerminalSize) => void) | undefined;
  #last: TerminalSize | undefined;
  #pending = '';

  listen(listener: (size: TerminalSize) => void): void {
    this.#listener = listener;
    if (this.#last) listener(this.#last);
  }

  /** JSON objects `{"Width":80,"Height":24}`, one after another, perhaps in pieces. */
  takeJson(text: string): void {
    this.#pending += text;
    for (let end = this.#pending.indexOf('}'); end >= 0; end = this.#pending.indexOf('}')) {
      const one = this.#pending.slice(0, end + 1);
      this.#pending = this.#pending.slice(end + 1);
      const size = parseSize(one);
      if (!size) continue;
      this.#last = size;
      this.#listener?.(size);
    }
    if (this.#pending.length > 1024) this.#pending = ''; // no size is that long: not worth keeping
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined; // not a size: the terminal stays as it is
  }
}
