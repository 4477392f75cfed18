import { pipeline } from 'node:stream/promises';
import type { Status } from '../../api/schema/generated/meta-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { ForwardedConnection } from '../../component/streams/forwarded-connection.ts';
import { acceptPortForward } from '../../component/streams/port-forward.ts';
import { acceptRemoteCommand, type RemoteStreams, type StreamWishes } from '../../component/streams/remote-command.ts';
import type { ExecSession } from '../runtime/container-runtime.ts';
import type { StreamingHandlers, UpgradeRequest } from './streaming-handlers.ts';

/** Exec, attach and port-forward over SPDY/3.1 and WebSockets, whichever the client asks for. */
export function createStreamingHandlers(deps: Pick<Deps, 'clock' | 'log'>): StreamingHandlers {
  const after = (ms: number, run: () => void): { cancel(): void } => deps.clock.after(ms, run);

  const runSession = async (
    upgrade: UpgradeRequest,
    wishes: StreamWishes,
    doing: string,
    open: (signal: AbortSignal) => Promise<ExecSession>,
    signal: AbortSignal,
  ): Promise<void> => {
    const streams = await acceptRemoteCommand(upgrade, wishes, after);
    if (!streams) return;
    const gone = new AbortController();
    void streams.closed.then(() => gone.abort(new Error('the client has gone')));
    try {
      const session = await open(AbortSignal.any([signal, gone.signal]));
      await streams.finish(statusOf(await carry(session, streams)));
    } catch (error) {
      if (gone.signal.aborted || signal.aborted) return;
      deps.log.debug('remote command failed', { error });
      const message = `Internal error occurred: error ${doing} container: ${(error as Error).message}`;
      await streams.finish(failure('InternalError', message, 500));
    }
  };

  return {
    exec: (upgrade, { runtime, containerId }, options, signal) =>
      runSession(
        upgrade,
        options,
        'executing command in',
        (aborted) => runtime.exec(containerId, options, aborted),
        signal,
      ),
    attach: (upgrade, { runtime, containerId }, options, signal) =>
      runSession(upgrade, options, 'attaching to', (aborted) => runtime.attach(containerId, options, aborted), signal),
    portForward: async (upgrade, { runtime, sandboxId }, signal) => {
      const connect = async (connection: ForwardedConnection): Promise<void> => {
        try {
          const target = await runtime.dialPort(sandboxId, connection.port, signal);
          connection.data.on('error', () => target.destroy());
          // Each way ends by itself: a client may have said all and still wait for the answer.
          await Promise.allSettled([pipeline(connection.data, target), pipeline(target, connection.data)]);
          connection.finish();
        } catch (error) {
          connection.finish(`an error occurred forwarding port ${connection.port}: ${(error as Error).message}`);
        }
      };
      await acceptPortForward(
        upgrade,
        (connection) => void connect(connection),
        (protocol) => deps.log.info('port-forward', { protocol }),
      );
    },
  };
}

/** Ties a session to the client's streams; resolves with the exit code once all output has been handed over. */
async function carry(session: ExecSession, streams: RemoteStreams): Promise<number> {
  streams.onResize((size) => void session.resize(size).catch(() => undefined)); // it may have ended a moment ago
  // The command may end without reading all, and the client may go before it has read all: `closed` ends the session.
  for (const stream of [session.stdin, session.stdout, session.stderr]) stream?.on('error', () => undefined);
  if (session.stdin) streams.stdin?.pipe(session.stdin);
  const outputs: Promise<void>[] = [];
  for (const [from, to] of [
    [session.stdout, streams.stdout],
    [session.stderr, streams.stderr],
  ] as const) {
    if (!from) continue;
    if (!to) from.resume();
    else outputs.push(pipeline(from, to, { end: false }).catch(() => undefined));
  }
  const code = await session.exitCode;
  await Promise.all(outputs);
  return code;
}

/** How a command ended, as clients of protocol v4 and later read it. */
function statusOf(exitCode: number): Status {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

function failure(reason: string, message: string, code: number): Status {
  return { metadata: {}, status: 'Failure', reason, message, code };
}
