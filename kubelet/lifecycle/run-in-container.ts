import type { Readable } from 'node:stream';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';

/** Of both outputs together; the rest is read and dropped, as upstream does. */
const maxOutputBytes = 10 * 1024;

/** Runs a command to its end. Rejects where it cannot be run, or with the signal's reason. */
export async function runInContainer(
  runtime: ContainerRuntime,
  containerId: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const session = await runtime.exec(
    containerId,
    { command, stdin: false, stdout: true, stderr: true, tty: false },
    signal,
  );
  const chunks: Buffer[] = [];
  let bytes = 0;
  const collect = async (stream: Readable): Promise<void> => {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (bytes < maxOutputBytes) chunks.push(chunk.subarray(0, maxOutputBytes - bytes));
      bytes += chunk.length;
    }
  };
  try {
    await Promise.all([collect(session.stdout!), collect(session.stderr!)]);
    return { exitCode: await session.exitCode, output: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
