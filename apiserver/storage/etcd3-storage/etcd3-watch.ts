import { setImmediate } from 'node:timers/promises';
import type { IDuplexStream, IEvent, IWatchRequest, IWatchResponse } from 'etcd3';
import { createBackoff } from '../../../component/backoff.ts';
import type { Deps } from '../../../component/deps.ts';
import { CompactedError, FutureRevisionError } from '../storage.ts';
import type { Change, ChangeBatch } from '../storage.ts';
import { reasonOf, type Etcd3Connection } from './etcd3-connection.ts';
import { toChange, type KeyCodec } from './key-values.ts';

/** Messages taken in ahead of the consumer before the stream is paused. */
const maxQueued = 256;
const everyKey = Buffer.of(0);

export interface Etcd3WatchOptions {
  readonly connection: Etcd3Connection;
  readonly codec: KeyCodec;
  readonly deps: Deps;
  readonly prefix: string;
  readonly afterRevision: number;
  readonly withPrevious: boolean;
  /** Answers only if the history after the revision is complete; CompactedError or FutureRevisionError otherwise. */
  readonly checkRevision: (revision: number, signal: AbortSignal) => Promise<void>;
}

/**
 * A watch that outlives its streams. It asks etcd for every key, not only those under the prefix: then each revision of
 * the store brings an event, and "up to here all was delivered" needs no progress notifications, which servers before
 * 3.4.25 send too early. Changes elsewhere come out as empty batches. A new stream begins right after the last revision
 * that was wholly delivered.
 */
export async function* watchEtcd3(options: Etcd3WatchOptions, signal: AbortSignal): AsyncGenerator<ChangeBatch> {
  const { connection, deps, checkRevision } = options;
  const pause = createBackoff({ initialMs: 50, maxMs: 2_000, jitter: 0.5 }, deps);
  let position = options.afterRevision;
  while (!signal.aborted) {
    const { at, clients } = connection.current;
    try {
      if (position > 0) await checkRevision(position, signal);
      const stream = (await clients.watch.watch()) as WatchStream;
      for await (const batch of batches(stream, position, options, signal)) {
        pause.reset();
        position = batch.revision;
        yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof CompactedError || error instanceof FutureRevisionError) throw error;
      connection.failed(at, error);
      deps.log.debug('etcd watch stream ended, resuming', { afterRevision: position, reason: reasonOf(error) });
      await pause.wait(signal).catch(() => {});
    }
  }
}

type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse> & { pause(): void; resume(): void };

/** The whole revisions that one stream brings. Throws when the stream ends. */
async function* batches(
  stream: WatchStream,
  afterRevision: number,
  { codec, prefix, withPrevious }: Etcd3WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch> {
  const incoming = receive(stream, signal);
  stream.write({
    create_request: {
      key: everyKey,
      range_end: everyKey,
      start_revision: afterRevision + 1,
      prev_kv: withPrevious,
      fragment: true,
    },
  });
  let incomplete: IEvent[] = [];
  for await (const responses of incoming) {
    const changes: Change[] = [];
    let revision = 0;
    for (const response of responses) {
      if (response.canceled) {
        const compactRevision = Number(response.compact_revision);
        if (compactRevision > 0) throw new CompactedError(compactRevision);
        throw new Error(`watch canceled: ${response.cancel_reason || 'no reason given'}`);
      }
      let events = response.events;
      if (events.length === 0) continue;
      if (incomplete.length > 0) events = incomplete.concat(events);
      incomplete = [];
      if (response.fragment) {
        // More events of the last revision may be in the next fragment.
        const last = events.at(-1)!.kv.mod_revision;
        const cut = events.findIndex(({ kv }) => kv.mod_revision === last);
        incomplete = events.slice(cut);
        events = events.slice(0, cut);
      }
      for (const event of events) {
        const key = codec.decode(event.kv.key);
        if (key.startsWith(prefix)) changes.push(toChange(event, key));
      }
      if (events.length > 0) revision = Number(events.at(-1)!.kv.mod_revision);
    }
    if (revision > 0) yield { changes, revision };
  }
}

/** Messages as they come, those of one turn of the event loop together. */
async function* receive(stream: WatchStream, signal: AbortSignal): AsyncGenerator<IWatchResponse[]> {
  let queue: IWatchResponse[] = [];
  let failure: Error | undefined;
  let wake = Promise.withResolvers<void>();
  const end = (error: Error): void => {
    failure ??= error;
    wake.resolve();
  };
  const abort = (): void => end(signal.reason as Error);
  stream.on('data', (response) => {
    queue.push(response);
    wake.resolve();
    if (queue.length === maxQueued) stream.pause();
  });
  stream.on('error', end);
  stream.on('end', () => end(new Error('the stream ended')));
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      await wake.promise;
      if (signal.aborted) throw signal.reason as Error;
      await setImmediate();
      const received = queue;
      queue = [];
      if (received.length > 0) yield received;
      if (failure) throw failure;
      wake = Promise.withResolvers();
      if (queue.length > 0) wake.resolve();
      if (received.length >= maxQueued) stream.resume();
    }
  } finally {
    signal.removeEventListener('abort', abort);
    stream.cancel();
  }
}
