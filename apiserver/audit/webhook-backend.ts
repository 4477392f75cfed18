import type { Client } from '../../client/client.ts';
import type { Timer } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import { withTimeLimit } from '../../component/time-limit.ts';
import type { AuditBackend, AuditEvent } from './audit-event.ts';
import { createAuditErrors } from './audit-errors.ts';

export interface WebhookOptions {
  /** Events that may wait; more are lost, and counted. */
  readonly bufferSize: number;
  /** Events sent together at the most. */
  readonly maxBatchSize: number;
  /** A batch goes out after so long, full or not. */
  readonly maxBatchWaitMs: number;
  /** The first wait after a failure; each further one is half as long again. */
  readonly initialBackoffMs: number;
}

/** Times a batch is sent before it is given up. */
const attempts = 5;
const backoffFactor = 1.5;
const requestTimeoutMs = 30_000;
const tooLate = (): Error => new Error(`the webhook did not answer within ${requestTimeoutMs} ms`);

/** Sends events to somebody else's server in batches, as `audit.k8s.io/v1` EventList. */
export function createWebhookBackend(
  given: {
    readonly client: Pick<Client, 'raw'>;
    readonly options: WebhookOptions;
    /** Lets go of the connection. */
    readonly close: () => void;
  },
  deps: Pick<Deps, 'clock' | 'log' | 'metrics'>,
): AuditBackend {
  const { options } = given;
  const { clock } = deps;
  const errors = createAuditErrors('webhook', deps);
  const waiting: AuditEvent[] = [];
  const stop = new AbortController();
  let sending: Promise<void> | undefined;
  let timer: Timer | undefined;

  /** Sends full batches, and what is left where the wait is over; the rest gets its time. */
  function flush(isDue: boolean): void {
    timer?.cancel();
    timer = undefined;
    if (sending) return;
    if (waiting.length >= options.maxBatchSize || (isDue && waiting.length > 0)) {
      sending = send(waiting.splice(0, options.maxBatchSize)).then(() => {
        sending = undefined;
        flush(stop.signal.aborted);
      });
    } else if (waiting.length > 0) timer = clock.after(options.maxBatchWaitMs, () => flush(true));
  }

  async function post(body: string, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const response = await given.client.raw({ method: 'POST', path: '', headers, body, signal });
    const answer = await response.text();
    if (response.status >= 300) throw new Error(`the webhook answered ${response.status}: ${answer.slice(0, 200)}`);
  }

  async function send(batch: readonly AuditEvent[]): Promise<void> {
    const body = JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: batch });
    let waitMs = options.initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await withTimeLimit({ clock, ms: requestTimeoutMs, reason: tooLate }, (signal) => post(body, signal));
      } catch (error) {
        if (attempt === attempts || stop.signal.aborted) return errors.lost(batch.length, error);
      }
      await clock.sleep(waitMs, stop.signal).catch(() => {});
      waitMs *= backoffFactor;
    }
  }

  return {
    name: 'webhook',
    record: (event) => {
      if (waiting.length >= options.bufferSize)
        return errors.lost(1, new Error('too many events wait for the webhook'));
      waiting.push(event);
      if (!timer || waiting.length >= options.maxBatchSize) flush(false);
    },
    close: async () => {
      stop.abort(new Error('the server stops'));
      flush(true);
      while (sending) await sending;
      given.close();
    },
  };
}
