import { setImmediate } from 'node:timers/promises';
import { ApiError } from '../../api/meta/errors.ts';
import type { Timer } from '../../component/clock.ts';
import type { ApiResponse, ResponseSink } from '../request.ts';
import type { CacheEntry, CacheEvent } from '../storage/cache-entry.ts';
import { CompactedError } from '../storage/storage.ts';
import { aheadBytes } from './block-pool.ts';
import { BlockWriter } from './block-writer.ts';
import { listQueryOf, type ListQuery } from './list-options.ts';
import { negotiateWatch, type Negotiated } from './negotiation.ts';
import { awaitRevision, parseResourceVersion } from './resource-version.ts';
import { headerOf, subjectOf } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { selectEntries } from './select-entries.ts';
import { selectedPrefix, type Selection } from './selection.ts';
import { createProtobufWatchEncoder } from './protobuf-watch-encoder.ts';
import { startWebSocketWatch, wantsWebSocket } from './websocket-watch.ts';
import { createWatchEncoder, type WatchEncoder, type WatchEventType } from './watch-encoder.ts';

/** A watcher that leaves so many bytes unread is cut off; it resumes from the last revision it has read. */
const maxBufferedBytes = 16 * 1024 * 1024;
const bookmarkIntervalMs = 60_000;
/** Objects of the state sent before others get their turn. */
const stateBatch = 128;
/** What stands around an object's stored bytes at most: the type of the event, resourceVersion. */
const eventExtraBytes = 80;
/** A last bookmark comes this long before a watch ends by its timeout. */
const finalBookmarkLeadMs = 2000;

/** A watch of a collection: a stream of events until somebody or its time ends it. */
export async function handleWatch(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateWatch(headerOf(request, 'accept'), subjectOf(deps, request));
  const query = listQueryOf(request, true);
  const revision = parseResourceVersion(query.resourceVersion);
  const sendsState = query.sendInitialEvents ?? !revision;
  if (sendsState || revision === 0)
    await awaitRevision(deps, sendsState && query.sendInitialEvents ? '' : query.resourceVersion, request.http.signal);
  const encoder = encoderFor(deps, request, form);
  const initialized = Promise.withResolvers<void>();
  const write = (sink: ResponseSink, signal: AbortSignal): Promise<void> =>
    new Watcher(deps, request, query, encoder, sink).run(
      { sendsState, revision, initialized: initialized.resolve },
      signal,
    );
  const { upgrade } = request.http;
  if (wantsWebSocket(upgrade))
    return startWebSocketWatch({
      upgrade,
      format: form.format === 'protobuf' ? 'protobuf' : 'json',
      write,
      onError: (error) => deps.log.error('watch by WebSocket failed', { path: request.info.path, error }),
    });
  return {
    status: 200,
    headers: { 'content-type': form.mediaType },
    body: {
      kind: 'stream',
      initialized: initialized.promise,
      write,
    },
  };
}

/** None for the view of a list: upstream takes the wish, and ends the watch at the first object it cannot show so. */
function encoderFor(deps: RestDeps, request: RestRequest, form: Negotiated): WatchEncoder | undefined {
  if (form.as === 'PartialObjectMetadataList') return undefined;
  return (form.format === 'protobuf' ? createProtobufWatchEncoder : createWatchEncoder)(deps, request, form);
}

/** One client's watch: from the cache's events to bytes on its connection, in revision order. */
class Watcher {
  readonly #deps: RestDeps;
  readonly #request: RestRequest;
  readonly #query: ListQuery;
  readonly #selection: Selection;
  readonly #encoder: WatchEncoder | undefined;
  readonly #sink: ResponseSink;
  readonly #ended = Promise.withResolvers<void>();
  #bookmarkTimer: Timer | undefined;
  #sentRevision = 0;

  constructor(
    deps: RestDeps,
    request: RestRequest,
    query: ListQuery,
    encoder: WatchEncoder | undefined,
    sink: ResponseSink,
  ) {
    this.#deps = deps;
    this.#request = request;
    this.#query = query;
    this.#selection = query.selection;
    this.#encoder = encoder;
    this.#sink = sink;
  }

  /** Resolves when the watch is over, for whatever reason. */
  async run(
    start: {
      readonly sendsState: boolean;
      readonly revision: number | undefined;
      /** To be called once the client has its state. */
      readonly initialized: () => void;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { cache } = this.#deps.objects;
    const prefix = selectedPrefix(this.#deps.objects, this.#request, this.#selection);
    const end = (): void => this.#ended.resolve();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const timeoutMs = this.#timeoutMs();
    const timer = this.#deps.clock.after(timeoutMs, end);
    let unsubscribe: (() => void) | undefined;
    try {
      let afterRevision = start.revision || cache.revision;
      if (start.sendsState) {
        afterRevision = cache.revision;
        await this.#sendState(cache.list(prefix, { where: this.#selection.terms }), signal);
        if (this.#query.sendInitialEvents && this.#query.allowWatchBookmarks)
          this.#send(this.#encoder?.bookmark(afterRevision, true));
      }
      this.#sentRevision = afterRevision;
      unsubscribe = cache.subscribe(prefix, { afterRevision, onTerminate: end }, (events, revision) =>
        this.#take(events, revision),
      );
      start.initialized();
      if (this.#query.allowWatchBookmarks) this.#scheduleBookmarks(timeoutMs);
      await this.#ended.promise;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#send(this.#encoder?.error(tooOld(start.revision ?? 0, error.compactRevision)));
    } finally {
      unsubscribe?.();
      timer.cancel();
      this.#bookmarkTimer?.cancel();
      signal.removeEventListener('abort', end);
    }
  }

  async #sendState(all: readonly CacheEntry[], signal: AbortSignal): Promise<void> {
    const encoder = this.#encoder;
    const { entries } = await selectEntries(all, this.#selection);
    if (entries.length === 0) return;
    if (!encoder) return this.#ended.resolve();
    const bytes = entries.reduce((sum, { value }) => sum + value.length + eventExtraBytes, 0);
    const writer = new BlockWriter(this.#deps.blocks, this.#sink, bytes);
    for (const [index, entry] of entries.entries()) {
      writer.add(encoder.state(entry));
      if (this.#sink.bufferedBytes >= aheadBytes) await this.#sink.drained();
      else if ((index + 1) % stateBatch === 0) await setImmediate();
      if (signal.aborted) return;
    }
    writer.flush();
  }

  /** False where the client is slow. What cannot be shown ends the watch. */
  #send(bytes: Buffer | undefined): boolean {
    if (bytes) return this.#sink.write(bytes);
    this.#ended.resolve();
    return true;
  }

  #take(events: readonly CacheEvent[], revision: number): void {
    for (const event of events) {
      const type = this.#typeOf(event);
      if (type) this.#send(this.#encoder?.event(type, event));
    }
    this.#sentRevision = revision;
    if (this.#sink.bufferedBytes > maxBufferedBytes) {
      this.#deps.log.warn('watch ended: its client does not keep up', {
        path: this.#request.info.path,
        user: this.#request.user.name,
      });
      this.#ended.resolve();
    }
  }

  /** What a change is to a client that sees only what its selectors choose. */
  #typeOf(event: CacheEvent): WatchEventType | undefined {
    const { previous, entry } = event;
    if (this.#selection.isEverything) return event.type === 'delete' ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED';
    const was = previous !== undefined && this.#selection.matches(previous.digest);
    const is = event.type === 'put' && this.#selection.matches(entry.digest);
    if (is) return was ? 'MODIFIED' : 'ADDED';
    return was ? 'DELETED' : undefined;
  }

  #scheduleBookmarks(timeoutMs: number): void {
    const { clock } = this.#deps;
    const endMs = clock.monotonicMs() + timeoutMs;
    const next = (): void => {
      const leftMs = endMs - finalBookmarkLeadMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      this.#bookmarkTimer = clock.after(Math.min(leftMs, bookmarkIntervalMs), () => {
        const revision = Math.max(this.#sentRevision, this.#deps.objects.cache.revision);
        this.#send(this.#encoder?.bookmark(revision, false));
        next();
      });
    };
    next();
  }

  /** Without a wish of the client watches end at random times, so that not all come back at once. */
  #timeoutMs(): number {
    const wished = this.#query.timeoutSeconds;
    if (wished) return wished * 1000;
    return this.#deps.minRequestTimeoutSeconds * 1000 * (1 + this.#deps.random.next());
  }
}

function tooOld(wanted: number, oldest: number): ApiError {
  return new ApiError('Expired', `too old resource version: ${wanted} (${oldest})`);
}
