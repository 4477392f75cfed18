import { hasReason } from '../api/meta/errors.ts';
import type { DeepReadonly, KubeObject } from '../api/meta/object.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';
import type { Event, ObjectReference } from '../api/schema/generated/core-v1.ts';
import { formatTime } from '../api/meta/time.ts';
import type { Deps } from '../component/deps.ts';
import type { Client } from './client.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { TransportError } from './transport.ts';

const events: ResourceRef<Event> = { group: '', version: 'v1', kind: 'Event', plural: 'events', scope: 'Namespaced' };

export interface EventToRecord {
  readonly type: 'Normal' | 'Warning';
  /** Short, in CamelCase, the machine's part: `FailedScheduling`. */
  readonly reason: string;
  readonly message: string;
  /** Part of the object it is about: `spec.containers{web}`. */
  readonly fieldPath?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface EventRecorder {
  /**
   * Tells users what happened to an object. Returns at once and never throws; what cannot be kept or sent is dropped
   * with a line in the log. The object must say its kind and apiVersion (those from informers do).
   */
  event(about: DeepReadonly<KubeObject>, event: EventToRecord): void;
  /** Resolves once all that was recorded before is sent or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  /** `source.component`: upstream's, such as `default-scheduler`. */
  readonly component: string;
  /** `source.host`: the node's name, for parts that run on one. */
  readonly host?: string;
}

/** Events that wait to be sent; more are dropped. */
const maxQueued = 1000;
/** The same event again within this time counts one up, in ms. */
const sameEventMs = 10 * 60_000;
/** What is remembered of events sent, to count them up. */
const maxRemembered = 4096;
/** Upstream's spam filter: an object may have this many events at once, then one in five minutes. */
const spamFilter = { qps: 1 / 300, burst: 25 };
const maxAttempts = 12;

interface Sent {
  readonly name: string;
  readonly namespace: string;
  readonly firstTimestamp: string;
  count: number;
  lastMs: number;
}

/** Events of core/v1; one that repeats within ten minutes becomes a higher count of the first. */
export function createEventRecorder(options: EventRecorderOptions, client: Client, deps: Deps): EventRecorder {
  const { clock, log } = deps;
  const queue: { readonly about: ObjectReference; readonly event: EventToRecord; readonly atMs: number }[] = [];
  const sent = new Map<string, Sent>();
  const filters = new Map<string, RateLimiter>();
  let sending: Promise<void> | undefined;
  let dropped = 0;
  let lastNameMs = 0;

  const isSpam = (about: ObjectReference): boolean => {
    const key = `${about.kind}/${about.namespace}/${about.name}/${about.uid}`;
    let filter = filters.get(key);
    if (!filter) {
      filter = createRateLimiter(spamFilter, deps);
      remember(filters, key, filter);
    }
    return !filter.tryTake();
  };

  const sendAll = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      try {
        await send(next.about, next.event, next.atMs);
      } catch (error) {
        log.warn('event not recorded', {
          reason: next.event.reason,
          object: `${next.about.kind} ${next.about.namespace}/${next.about.name}`,
          error: error instanceof Error ? error.message : String(error),
        });
      }
      if (dropped > 0 && queue.length === 0) {
        log.warn('events were dropped because too many waited', { dropped });
        dropped = 0;
      }
    }
    sending = undefined;
  };

  const send = async (about: ObjectReference, event: EventToRecord, atMs: number): Promise<void> => {
    const key = [
      about.kind,
      about.namespace,
      about.name,
      about.uid,
      about.fieldPath,
      event.type,
      event.reason,
      event.message,
    ].join('\n');
    const known = sent.get(key);
    if (known && atMs - known.lastMs < sameEventMs) {
      known.count++;
      known.lastMs = atMs;
      try {
        const body = { count: known.count, lastTimestamp: formatTime(atMs), message: event.message };
        await persist(() => client.patch(events, known, { type: 'strategic', body }));
        remember(sent, key, known);
        return;
      } catch (error) {
        // The server keeps events for an hour only, or somebody deleted it: begin a new one.
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
    const made = newEvent(about, event, atMs);
    await persist(() => client.create(events, made));
    const { name, namespace } = made.metadata as { name: string; namespace: string };
    remember(sent, key, { name, namespace, firstTimestamp: formatTime(atMs), count: 1, lastMs: atMs });
  };

  /** Repeats while the server cannot be reached; its refusals are final. */
  const persist = async (request: () => Promise<unknown>): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await request();
        return;
      } catch (error) {
        if (!(error instanceof TransportError) || attempt >= maxAttempts) throw error;
        await clock.sleep(Math.min(250 * 2 ** attempt, 10_000));
      }
    }
  };

  const newEvent = (about: ObjectReference, event: EventToRecord, atMs: number): Event => {
    // Nanoseconds of the moment, in hexadecimal, as upstream names events; never the same twice.
    lastNameMs = Math.max(lastNameMs + 0.001, atMs);
    const suffix = BigInt(Math.round(lastNameMs * 1e6)).toString(16);
    const time = formatTime(atMs);
    return {
      metadata: {
        name: `${about.name}.${suffix}`,
        namespace: about.namespace || 'default',
        ...(event.annotations ? { annotations: { ...event.annotations } } : {}),
      },
      involvedObject: about,
      reason: event.reason,
      message: event.message.length > 1024 ? `${event.message.slice(0, 1020)} ...` : event.message,
      source: { component: options.component, ...(options.host ? { host: options.host } : {}) },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      type: event.type,
      reportingComponent: options.component,
      reportingInstance: options.host ?? '',
    };
  };

  return {
    event: (object, event) => {
      const about = referenceTo(object, event.fieldPath);
      if (isSpam(about)) return;
      if (queue.length >= maxQueued) {
        dropped++;
        return;
      }
      queue.push({ about, event, atMs: clock.now() });
      sending ??= Promise.resolve().then(sendAll);
    },
    flush: async () => {
      while (sending) await sending;
    },
  };
}

/** Puts the entry last and forgets the oldest beyond the limit. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxRemembered) map.delete(map.keys().next().value!);
}

function referenceTo(object: DeepReadonly<KubeObject>, fieldPath: string | undefined): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind,
    ...(namespace ? { namespace } : {}),
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
    ...(fieldPath ? { fieldPath } : {}),
  };
}
