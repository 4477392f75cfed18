import type { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import type { Status } from '../api/schema/generated/meta-v1.ts';
import { errorFrom } from '../client/response-error.ts';
import type { CliDeps } from './command.ts';
import type { Session } from './connect.ts';

export interface ExecOptions {
  /** Path with query of the subresource. */
  readonly path: string;
  readonly stdin: boolean;
  readonly tty: boolean;
}

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Above this many bytes that the network has not taken, standard input waits. */
const highWaterBytes = 256 * 1024;

/**
 * Runs a command in a container with our streams (Kubernetes' v5.channel.k8s.io over a WebSocket); resolves with its exit
 * code. With a terminal ours becomes raw and its size follows. Throws what the server refuses, ApiError or the connection's.
 */
export async function runExec(session: Session, options: ExecOptions, deps: CliDeps): Promise<number> {
  const { tls, headers } = await session.transport.connectionOptions();
  const url = new URL(session.connection.server.replace(/\/+$/, '') + options.path);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, ['v5.channel.k8s.io', 'v4.channel.k8s.io'], {
    ...tls,
    headers,
    perMessageDeflate: false,
  });
  const ended = runToEnd(socket, deps); // listens from the start: the first output may come with the handshake
  ended.catch(() => undefined); // a failure before the handshake is told by the next line
  await opened(socket, options.path);
  const stop = (): void => socket.close();
  deps.signal.addEventListener('abort', stop, { once: true });
  const restore = options.tty ? takeTerminal(socket, deps) : (): void => {};
  const stopInput = options.stdin ? sendInput(socket, deps.stdin) : (): void => {};
  try {
    return exitCodeOf(await ended);
  } finally {
    stopInput();
    restore();
    deps.signal.removeEventListener('abort', stop);
    socket.terminate();
  }
}

function opened(socket: WebSocket, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        reject(errorFrom(response.statusCode ?? 500, Buffer.concat(chunks).toString(), { method: 'GET', path })),
      );
    });
  });
}

/** Prints what comes; the Status with which the server ended it, undefined where the connection ended without one. */
function runToEnd(socket: WebSocket, deps: CliDeps): Promise<Status | undefined> {
  return new Promise((resolve, reject) => {
    let status: Status | undefined;
    socket.on('message', (data: Buffer) => {
      const payload = data.subarray(1);
      if (data[0] === channels.error) status = JSON.parse(payload.toString()) as Status;
      const output = data[0] === channels.stdout ? deps.stdout : data[0] === channels.stderr ? deps.stderr : undefined;
      if (payload.length === 0 || !output || output.write(payload)) return;
      socket.pause();
      output.once('drain', () => socket.resume());
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(status));
  });
}

/** Sends standard input as it comes, and its end. Returns what ends that. */
function sendInput(socket: WebSocket, stdin: Readable): () => void {
  const frame = (channel: number, payload: Uint8Array): Buffer => Buffer.concat([Buffer.of(channel), payload]);
  const onData = (chunk: Buffer): void => {
    socket.send(frame(channels.stdin, chunk), () => stdin.isPaused() && stdin.resume());
    if (socket.bufferedAmount > highWaterBytes) stdin.pause();
  };
  const onEnd = (): void => {
    if (socket.protocol === 'v5.channel.k8s.io') socket.send(frame(channels.close, Buffer.of(channels.stdin)));
  };
  stdin.on('data', onData);
  stdin.once('end', onEnd);
  return () => {
    stdin.off('data', onData);
    stdin.off('end', onEnd);
    stdin.pause();
  };
}

/** Makes our terminal a raw one, and tells its size now and whenever it changes. Returns what undoes that. */
function takeTerminal(socket: WebSocket, { stdin, stdout }: CliDeps): () => void {
  const sendSize = (): void => {
    const size = JSON.stringify({ Width: stdout.columns ?? 80, Height: stdout.rows ?? 24 });
    socket.send(Buffer.concat([Buffer.of(channels.resize), Buffer.from(size)]));
  };
  sendSize();
  stdout.on('resize', sendSize);
  if (stdin.isTTY) stdin.setRawMode(true);
  return () => {
    stdout.off('resize', sendSize);
    if (stdin.isTTY) stdin.setRawMode(false);
  };
}

function exitCodeOf(status: Status | undefined): number {
  if (!status) throw new Error('the connection ended before the command did');
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined) return Number(code);
  throw new Error(status.message ?? 'the command could not be run');
}
