import type { Client } from '../../client/client.ts';
import { createRetry } from '../../client/retry.ts';
import type { Deps } from '../../component/deps.ts';
import { gauge } from '../../component/metrics.ts';
import type { CertificateStore, StoredPair } from '../../component/certificate-store.ts';
import { requestClientCertificate } from './request-certificate.ts';

/**
 * Asks for a new certificate when 70 to 90 per cent of the current one's life are over, so that a cluster's nodes do not
 * all come at once, until the signal aborts. Who uses the file goes over to the new one by itself.
 */
export async function rotateClientCertificate(
  given: { readonly client: Client; readonly nodeName: string; readonly store: CertificateStore },
  deps: Pick<Deps, 'clock' | 'random' | 'log' | 'metrics'>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log } = deps;
  let endMs: number | undefined;
  gauge(deps.metrics, {
    name: 'kubelet_certificate_manager_client_ttl_seconds',
    help: 'Gauge of the TTL (time-to-live) of the Kubelet client certificate. The value is in seconds until certificate expiry (negative if already expired).',
    collect() {
      this.set(endMs === undefined ? Infinity : (endMs - clock.now()) / 1000);
    },
  });
  const retry = createRetry({ initialMs: 2_000, maxMs: 5 * 60_000, jitter: 0.1 }, deps);
  while (!signal.aborted) {
    try {
      const current = await given.store.current();
      endMs = current?.notAfterMs;
      const waitMs = current ? dueMs(current, random.next()) - clock.now() : 0;
      if (waitMs > 0) {
        await clock.sleep(waitMs, signal);
        continue;
      }
      await given.store.update(await requestClientCertificate(given, deps, signal));
      retry.reset();
      log.info('the client certificate is renewed', { file: given.store.currentFile });
    } catch (error) {
      if (signal.aborted) return;
      await retry.after(error, 'client certificate not renewed, trying again', signal);
    }
  }
}

/** When to ask for the next one, in ms since the epoch. `chance` is in [0, 1). */
export function dueMs(
  { notBeforeMs, notAfterMs }: Pick<StoredPair, 'notBeforeMs' | 'notAfterMs'>,
  chance: number,
): number {
  return notBeforeMs + (notAfterMs - notBeforeMs) * (0.7 + 0.2 * chance);
}
