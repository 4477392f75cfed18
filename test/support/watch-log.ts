import type { KubeObject } from '../../api/meta/object.ts';
import { hasReason } from '../../api/meta/errors.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { Client, WatchEvent } from '../../client/client.ts';
import { TransportError } from '../../client/transport.ts';
import { eventually } from './eventually.ts';

type Seen<T> = Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>;

/** All that one watcher of a resource was told, in the order in which it was told. */
export interface WatchLog<T> {
  readonly name: string;
  readonly events: readonly Seen<T>[];
  /** Resolves once an object of that name was seen. */
  sees(name: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Watches from a revision on. With `cutAfter` it hangs up after so many events and resumes from the last one, again and
 * again; a broken connection is resumed too, through `client()`, which may answer another server by then.
 */
export function startWatchLog<T extends KubeObject>(options: {
  readonly name: string;
  readonly client: () => Client;
  readonly row: ResourceRef<T>;
  readonly from: string;
  readonly cutAfter?: () => number;
}): WatchLog<T> {
  const { name, client, row, cutAfter } = options;
  const events: Seen<T>[] = [];
  const names = new Set<string>();
  const stop = new AbortController();
  let from = options.from;

  const follow = async (): Promise<void> => {
    let left = cutAfter?.() ?? Infinity;
    for await (const event of client().watch(row, {}, { resourceVersion: from, signal: stop.signal })) {
      if (event.type === 'BOOKMARK') continue;
      events.push(event);
      from = event.object.metadata.resourceVersion!;
      names.add(event.object.metadata.name!);
      if (--left <= 0) return;
    }
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        if (stop.signal.aborted) return;
        const isGone = error instanceof TransportError || hasReason(error, 'TooManyRequests', 'ServiceUnavailable');
        if (!isGone) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const running = run();
  let failure: unknown;
  running.catch((error: unknown) => (failure = error));
  return {
    name,
    events,
    sees: async (wanted) => {
      await eventually(`${name} sees ${wanted}`, () => failure !== undefined || names.has(wanted), { everyMs: 20 });
      if (failure !== undefined) throw new Error(`${name} failed`, { cause: failure });
    },
    stop: async () => {
      stop.abort(new Error('the watch is over'));
      await running.catch(() => {});
    },
  };
}
