import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { FlagError, parseFlags } from '../component/flags.ts';
import { toYaml } from '../component/yaml.ts';
import { startPeer } from '../test/support/https-peer.ts';
import { createSmallApi } from '../test/support/small-api.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { clientFlags, connect, waitForApiServer, type ClientConfig } from './client-flags.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import { createClient } from './rest-client.ts';
import { TransportError } from './transport.ts';

describe('flags of clients', () => {
  let clock: FakeClock;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;
  let folder: string;

  beforeEach(async () => {
    clock = createFakeClock();
    deps = createTestDeps({ clock });
    folder = await mkdtemp(join(tmpdir(), 'k8ts-client-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function config(...args: string[]): ClientConfig {
    const parsed = parseFlags(clientFlags({ qps: 50, burst: 100 }), args);
    if (parsed.kind !== 'run') throw new Error(parsed.kind);
    return parsed.values;
  }

  it('have the defaults of their component', () => {
    assert.deepEqual([config().kubeApiQps, config().kubeApiBurst, config().kubeconfig], [50, 100, '']);
  });

  it('connect with a kubeconfig, as themselves', async () => {
    const seen: (string | undefined)[] = [];
    const peer = await startPeer((request, response) => {
      seen.push(request.headers['user-agent']);
      response.end('{}');
    });
    const path = join(folder, 'config');
    await writeFile(
      path,
      toYaml({
        clusters: [
          {
            name: 'c',
            cluster: {
              server: peer.url,
              'certificate-authority-data': Buffer.from(peer.authority.certificate).toString('base64'),
            },
          },
        ],
        contexts: [{ name: 'x', context: { cluster: 'c' } }],
        'current-context': 'x',
      }),
    );
    const { client, transport, unlimited } = await connect(config(`--kubeconfig=${path}`), 'kube-scheduler', deps);
    try {
      assert.equal(transport.url, peer.url);
      await (await client.raw({ method: 'GET', path: '/' })).text();
      await (await unlimited('leader-election').raw({ method: 'GET', path: '/' })).text();
      assert.match(seen[0]!, /^kube-scheduler\/v1\.36 \(linux\/\w+\) k8ts$/);
      assert.match(seen[1]!, /k8ts\/leader-election$/);
      assert.equal(peer.connections, 1);
    } finally {
      transport.close();
      await peer.close();
    }
  });

  it('let --master win over the address of a kubeconfig', async () => {
    const { transport } = await connect(config('--master=http://127.0.0.1:8080'), 'x', deps);
    assert.equal(transport.url, 'http://127.0.0.1:8080');
  });

  it('fail with one line for the person who started it', async () => {
    for (const [args, message] of [
      [[], /no API server is configured: give --kubeconfig or --master/],
      [['--kubeconfig=/no/such/file'], /cannot read kubeconfig \/no\/such\/file: ENOENT/],
    ] as [string[], RegExp][]) {
      await assert.rejects(
        connect(config(...args), 'x', deps),
        (error) => error instanceof FlagError && message.test(error.message),
      );
    }
  });

  describe('waiting for the API server', () => {
    it('goes on until it is ready, and says so now and then', async () => {
      const api = createSmallApi();
      const transport = { ...createInProcessTransport(api.handle), url: 'https://10.0.0.1:6443' } as never;
      const client = createClient({ transport });
      api.failure = new TransportError('GET', 'https://10.0.0.1:6443/readyz', new Error('connect ECONNREFUSED'));
      let isReady = false;
      const waiting = waitForApiServer({ client, transport }, deps, new AbortController().signal).then(
        () => (isReady = true),
      );
      await until(async () => (await clock.advanceToNext(), clock.monotonicMs() > 60_000));
      assert.equal(isReady, false);
      const lines = deps.lines.filter((line) => line.message === 'waiting for the API server');
      assert.equal(lines.length, 2);
      assert.equal(lines[0]?.fields.server, 'https://10.0.0.1:6443');
      assert.match(String(lines[0]?.fields.reason), /ECONNREFUSED/);
      // a server that knows us not is there all the same
      api.failure = new ApiError('Forbidden', 'no');
      await until(async () => (await clock.advanceToNext(), isReady));
      await waiting;
    });

    it('ends with the signal', async () => {
      const transport = { ...createInProcessTransport(() => Promise.reject(new Error('away'))) } as never;
      const stop = new AbortController();
      const waiting = waitForApiServer({ client: createClient({ transport }), transport }, deps, stop.signal);
      await clock.waitForPending(1);
      stop.abort(new Error('stopped'));
      await assert.rejects(waiting, /stopped/);
    });
  });
});
