import { open } from 'node:fs/promises';
import { containerLabels } from '../pods/container-hash.ts';
import type { PodFolders } from '../pods/pod-folders.ts';
import type { ContainerRuntime, ContainerStatusInfo, RuntimeState } from '../runtime/container-runtime.ts';

/** Upstream's limits: of a message, and of the log that stands in for one. */
const maxMessageBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

export interface TerminationMessages {
  /** Reads what containers that have ended said; each is read once. */
  read(observed: RuntimeState, signal: AbortSignal): Promise<void>;
  /** undefined where it said nothing, or was not read. */
  readonly of: (instance: ContainerStatusInfo) => string | undefined;
}

/** The last words of containers: what they wrote to their termination log, or the end of their log where they ask for that. */
export function createTerminationMessages(runtime: ContainerRuntime, folders: PodFolders): TerminationMessages {
  const known = new Map<string, string>();
  const maxKnown = 4000;

  return {
    read: async ({ containers }, signal) => {
      for (const info of containers) {
        if (info.state !== 'exited' || known.has(info.id)) continue;
        let message = await readStart(folders.terminationLog(info.podUid, info.name, info.attempt));
        const policy = info.labels[containerLabels.terminationMessagePolicy];
        if (!message && policy === 'FallbackToLogsOnError' && info.exitCode !== 0) {
          message = await readLogEnd(runtime, info.id, signal);
        }
        known.set(info.id, message);
        if (known.size > maxKnown) known.delete(known.keys().next().value!);
      }
    },
    of: ({ id }) => known.get(id) || undefined,
  };
}

async function readStart(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const buffer = Buffer.alloc(maxMessageBytes);
      const { bytesRead } = await file.read(buffer, 0, maxMessageBytes, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return ''; // the folder goes with the pod
  }
}

async function readLogEnd(runtime: ContainerRuntime, id: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const { data } of runtime.logs(
      id,
      { follow: false, tailLines: maxLogLines, timestamps: false },
      signal,
    )) {
      chunks.push(data);
    }
  } catch (error) {
    signal.throwIfAborted();
    return `Error on reading termination message from logs: ${(error as Error).message}`;
  }
  return Buffer.concat(chunks).subarray(-maxLogBytes).toString('utf8');
}
