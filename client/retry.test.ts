import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import { namespaces } from '../api/resources/core/namespace.ts';
import { createFakeClock } from '../component/fake-clock.ts';
import { startTestApiServer } from '../test/support/api-server.ts';
import { freePorts } from '../test/support/etcd.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { waitForApiServer } from './client-flags.ts';
import { bearer, fixedCredential } from './credentials.ts';
import { createHttpsTransport } from './https-transport.ts';
import { createInformer } from './informer.ts';
import { createLeaderElector } from './leader-election.ts';
import { createClient } from './rest-client.ts';
import { createRetry } from './retry.ts';
import { TransportError } from './transport.ts';

const refused = new TransportError('GET', 'https://x', Object.assign(new Error('refused'), { neverSent: true }));
const broken = new TransportError('GET', 'https://x', new Error('reset'));
const forbidden = new ApiError('Forbidden', 'no');

describe('createRetry', () => {
  const { signal } = new AbortController();

  for (const [what, error, isShort, lines] of [
    ['asks a server that is away often, and says so once', refused, true, 1],
    ['asks one that breaks off ever more seldom, and says so now and then', broken, false, 3],
    ['asks one that refuses ever more seldom, and says so each time', forbidden, false, 15],
  ] as const) {
    it(what, async () => {
      const clock = createFakeClock();
      const deps = createTestDeps({ clock });
      const retry = createRetry({ initialMs: 100, maxMs: 10_000 }, deps);
      let longestMs = 0;
      for (let i = 0; i < 15; i++) {
        const waiting = retry.after(error, 'failed', signal);
        await clock.waitForPending(1);
        const before = clock.monotonicMs();
        await clock.advanceToNext();
        await waiting;
        longestMs = Math.max(longestMs, clock.monotonicMs() - before);
      }
      assert.equal(longestMs <= 2_000, isShort, String(longestMs));
      assert.equal(deps.lines.length, lines);
    });
  }

  it('ends its wait with the signal', async () => {
    const stop = new AbortController();
    const waiting = createRetry({ initialMs: 1e9, maxMs: 1e9 }, createTestDeps()).after(broken, '', stop.signal);
    stop.abort();
    await waiting;
  });
});

describe('clients that are there before the API server', () => {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  it('find it when it starts, and have said once that it was away', async () => {
    const port = (await freePorts(1))[0]!;
    const deps = createTestDeps();
    const credentials = fixedCredential(bearer('admintoken'));
    const transport = createHttpsTransport({
      server: `https://127.0.0.1:${port}`,
      insecureSkipTlsVerify: true,
      credentials,
      deps,
    });
    const client = createClient({ transport, deps });
    const end = new AbortController();
    const informer = createInformer(client, namespaces, {}, deps);
    const informing = informer.run(end.signal);
    const lease = { namespace: 'kube-system', name: 'late' };
    const times = { leaseDurationMs: 900_000, renewDeadlineMs: 800_000, retryPeriodMs: 600_000 };
    const elector = createLeaderElector({ lease, identity: 'one', ...times }, client, deps);
    const leading = elector.run(
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
      end.signal,
    );
    const waiting = waitForApiServer({ client, transport }, deps, end.signal);
    stops.push(() => transport.close());
    // both have met a server that is away
    await until(() => deps.lines.filter(({ level }) => level === 'warn').length === 2);

    const api = await startTestApiServer({ port });
    stops.push(() => api.stop());
    await waiting;
    await informer.waitForSync(end.signal);
    await until(() => elector.isLeader, 'leadership'); // long before a retry period is over
    assert.equal(deps.lines.filter(({ message }) => /retrying$/.test(message)).length, 2);
    end.abort(new Error('the test is over'));
    await Promise.all([informing, leading]);
  }).timeout(60_000);
});
