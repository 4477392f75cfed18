import type Docker from 'dockerode';
import { addAbortSignal, type Readable } from 'node:stream';
import type { LogChunk, LogOptions } from '../container-runtime.ts';
import { FrameParser } from './demux.ts';
import { withoutPrefix } from './docker-errors.ts';

/** Reads as a stream also where nothing is followed: dockerode's own `logs` would hold the whole log in memory. */
export async function* logs(
  docker: Docker,
  id: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  const container = docker.getContainer(id);
  const { Config } = await container.inspect({ abortSignal: signal }).catch((error: unknown) => {
    throw withoutPrefix(error);
  });
  const source = await dialLogs(docker, id, options);
  const parser = Config.Tty ? undefined : new FrameParser();
  addAbortSignal(signal, source);
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (parser) yield* parser.push(chunk);
      else yield { stream: 'stdout', data: chunk };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    source.destroy();
  }
}

function dialLogs(docker: Docker, id: string, options: LogOptions): Promise<Readable> {
  const modem = docker.modem as {
    dial(options: unknown, done: (error: unknown, stream: unknown) => void): void;
  };
  return new Promise((resolve, reject) => {
    modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
        options: {
          stdout: true,
          stderr: true,
          follow: options.follow,
          timestamps: options.timestamps,
          ...(options.tailLines === undefined ? {} : { tail: options.tailLines }),
          ...(options.sinceMs === undefined ? {} : { since: unixSeconds(options.sinceMs) }),
        },
      },
      (error, stream) => (error ? reject(withoutPrefix(error)) : resolve(stream as Readable)),
    );
  });
}

/** `1700000000.250000000`, since a bare fraction is read as nanoseconds. */
function unixSeconds(ms: number): string {
  return `${Math.floor(ms / 1000)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}000000`;
}
