import { setImmediate } from 'node:timers/promises';
import { createBackoff } from '../../../component/backoff.ts';
import type { Deps } from '../../../component/deps.ts';
import { CompactedError, FutureRevisionError } from '../storage.ts';
import type { Change, ChangeBatch } from '../storage.ts';
import { reasonOf, type Etcd3Connection } from './etcd3-connection.ts';
import type { EtcdClient } from './grpc/etcd-client.ts';
import type { MessageStream } from './grpc/http2-connection.ts';
import type { WatchEvent, WatchRequest, WatchResponse } from './grpc/watch-messages.ts';
import { toChange, type KeyCodec } from './key-values.ts';

/** Messages taken in ahead of the consumer before the stream is paused. */
const maxQueued = 256;
/** How long one attempt to reach etcd lasts. */
const connectWithinMs = 5_000;
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
      for await (const batch of batches(clients.watches, position, options, signal)) {
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

/** The whole revisions that one stream brings. Throws when the stream ends. */
async function* batches(
  client: EtcdClient,
  afterRevision: number,
  { codec, prefix, withPrevious, deps }: Etcd3WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch> {
  const startRevision = afterRevision + 1;
  const request = { key: everyKey, rangeEnd: everyKey, startRevision, prevKv: withPrevious, fragment: true };
  const incoming = receive(client, request, { deadlineMs: deps.clock.monotonicMs() + connectWithinMs, signal });
  let incomplete: readonly WatchEvent[] = [];
  for await (const responses of incoming) {
    const changes: Change[] = [];
    let revision = 0;
    for (const response of responses) {
      if (response.canceled) {
        if (response.compactRevision > 0) throw new CompactedError(response.compactRevision);
        throw new Error(`watch canceled: ${response.cancelReason || 'no reason given'}`);
      }
      let events = response.events;
      if (events.length === 0) continue;
      if (incomplete.length > 0) events = incomplete.concat(events);
      incomplete = [];
      if (response.fragment) {
        // More events of the last revision may be in the next fragment.
        const last = events.at(-1)!.kv.modRevision;
        const cut = events.findIndex(({ kv }) => kv.modRevision === last);
        incomplete = events.slice(cut);
        events = events.slice(0, cut);
      }
      for (const event of events) {
        const key = codec.decode(event.kv.key);
        if (key.startsWith(prefix)) changes.push(toChange(event, key));
      }
      if (events.length > 0) revision = events.at(-1)!.kv.modRevision;
    }
    if (revision > 0) yield { changes, revision };
  }
}

/** Messages as they come, those of one turn of the event loop together. */
async function* receive(
  client: EtcdClient,
  request: WatchRequest,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): AsyncGenerator<WatchResponse[]> {
  // Ends the stream also where the consumer wants no more of it.
  const stop = new AbortController();
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  let queue: WatchResponse[] = [];
  let failure: Error | undefined;
  let wake = Promise.withResolvers<void>();
  let stream: MessageStream | undefined;
  try {
    signal.throwIfAborted();
    const receiver = {
      onResponse: (response: WatchResponse): void => {
        queue.push(response);
        wake.resolve();
        if (queue.length === maxQueued) stream?.pause();
      },
      onEnd: (error: Error): void => {
        failure ??= error;
        wake.resolve();
      },
    };
    stream = await client.watch(request, receiver, { deadlineMs, signal: stop.signal });
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
    stop.abort(new Error('the watch is over'));
  }
}
