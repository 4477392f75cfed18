import type Docker from 'dockerode';
import { readFile } from 'node:fs/promises';
import { Writable, type Duplex, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../../../component/clock.ts';
import type { ExecOptions, ExecSession } from '../container-runtime.ts';
import { withoutPrefix } from './docker-errors.ts';
import { demux } from './demux.ts';

type Wanted = Pick<ExecOptions, 'stdin' | 'stdout' | 'stderr' | 'tty'>;

/** Runs a command in a container. Aborting kills the command: the daemon itself leaves it running when nobody listens. */
export async function exec(
  docker: Docker,
  clock: Clock,
  id: string,
  options: ExecOptions,
  signal: AbortSignal,
): Promise<ExecSession> {
  const handle = await docker
    .getContainer(id)
    .exec({
      Cmd: [...options.command],
      AttachStdin: options.stdin,
      AttachStdout: options.stdout,
      AttachStderr: options.stderr && !options.tty,
      Tty: options.tty,
      abortSignal: signal,
    })
    .catch(rethrow);
  const socket = await handle.start({ hijack: true, stdin: options.stdin, Tty: options.tty }).catch(rethrow);
  const kill = async (): Promise<void> => {
    const { Running, Pid } = await handle.inspect();
    // The number means what we think only in the daemon's own process namespace.
    if (Running && Pid && (await readFile(`/proc/${Pid}/cgroup`, 'utf8')).includes(id)) process.kill(Pid, 'SIGKILL');
  };
  const stop = (): void => {
    kill().catch(() => {}); // it has ended by itself
    socket.destroy();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });

  const exitCode = async (): Promise<number> => {
    await ended(socket, signal);
    // The streams end a moment before the daemon knows the exit code.
    for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 200)) {
      const { Running, ExitCode } = await handle.inspect();
      if (!Running) return ExitCode ?? 0;
      await clock.sleep(waitMs, signal);
    }
  };
  return session(
    socket,
    options,
    exitCode().finally(() => signal.removeEventListener('abort', stop)),
    async ({ columns, rows }) => void (await handle.resize({ w: columns, h: rows })),
  );
}

/**
 * Joins the streams of a container's own process, from now on. When the input ends, so does the output, unless the
 * container takes its input from one client only (`stdinOnce`): the daemon's way, which other runtimes follow for kubectl.
 */
export async function attach(docker: Docker, id: string, options: Wanted, signal: AbortSignal): Promise<ExecSession> {
  const container = docker.getContainer(id);
  const socket = (await container
    .attach({
      stream: true,
      hijack: true,
      stdin: options.stdin,
      stdout: options.stdout,
      stderr: options.stderr && !options.tty,
    })
    .catch(rethrow)) as unknown as Duplex;
  // What has ended a moment ago can be attached to as well: the daemon would wait for its next start.
  const { State } = await container.inspect().catch((error: unknown) => {
    socket.destroy();
    return rethrow(error);
  });
  if (!State.Running) {
    socket.destroy();
    throw new Error(`container ${id} is not running`);
  }
  const stop = (): void => void socket.destroy();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const exitCode = ended(socket, signal)
    .then(() => 0)
    .finally(() => signal.removeEventListener('abort', stop));
  return session(
    socket,
    options,
    exitCode,
    async ({ columns, rows }) => void (await container.resize({ w: columns, h: rows })),
  );
}

function session(
  socket: Duplex,
  options: Wanted,
  exitCode: Promise<number>,
  resize: ExecSession['resize'],
): ExecSession {
  exitCode.catch(() => {}); // whoever does not ask for it is not to be killed by it
  const streams: { stdout?: Readable; stderr?: Readable } = options.tty ? { stdout: socket } : demux(socket);
  // Nor by the end of a stream that nobody asked for.
  for (const stream of [streams.stdout, streams.stderr]) stream?.on('error', () => {});
  return {
    ...(options.stdin ? { stdin: options.tty ? terminalInput(socket) : socket } : {}),
    ...(options.stdout ? { stdout: streams.stdout } : {}),
    ...(options.stderr && !options.tty ? { stderr: streams.stderr } : {}),
    resize,
    exitCode,
  };
}

/** A terminal's input has no end: the daemon would take the end of ours for a wish to close the output too. */
function terminalInput(socket: Duplex): Writable {
  return new Writable({ write: (chunk: Buffer, _encoding, callback) => void socket.write(chunk, callback) });
}

async function ended(socket: Duplex, signal: AbortSignal): Promise<void> {
  try {
    await finished(socket, { writable: false });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function rethrow(error: unknown): never {
  throw withoutPrefix(error);
}
