import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { anonymous } from '../../client/credentials.ts';
import { systemClock as clock } from '../../component/clock.ts';
import { systemRandom as random } from '../../component/random.ts';
import { runBenchmark } from '../benchmark.ts';
import { createLoadClient, type LoadClient } from '../load-client.ts';
import { scenarios } from '../scenarios/index.ts';
import { startBareServer, type BareServer } from './bare-server.ts';

describe('bare server', () => {
  let server: BareServer;
  let client: LoadClient;

  beforeEach(async () => {
    server = await startBareServer({ port: 0, pods: 12 }, { clock, random });
    const connection = { server: `https://127.0.0.1:${server.port}`, insecureSkipTlsVerify: true };
    client = await createLoadClient(
      { ...connection, credentials: anonymous, namespace: 'default' },
      { connections: 2, http1: false },
    );
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  it('answers the whole load', async () => {
    const progress: string[] = [];
    const deps = { clock, random, progress: (line: string) => void progress.push(line) };
    const size = { pods: 12, concurrency: 4, watchers: 60, scenarios };
    const [results] = await runBenchmark([{ name: 'bare', client, pids: [] }], size, deps);
    assert.equal(results!.protocol, 'h2');
    assert.deepEqual(
      results!.results.map(({ scenario, measurement }) => [scenario, measurement.firstFailure]),
      scenarios.map(({ name }) => [name, undefined]),
    );
    assert.equal(results!.results.find(({ scenario }) => scenario === 'watch')!.measurement.count, 12 * 60);
  });

  it('answers as many bytes as an API server does', async () => {
    const bytesOf = async (path: string): Promise<number> =>
      (await client.send({ method: 'GET', path: `/api/v1/namespaces/n/pods${path}` })).bytes;
    assert.equal(await bytesOf('/pod-1'), 3200);
    const list = await bytesOf('');
    assert.ok(list > 12 * 3200 && list < 12 * 3200 + 200, `${list}`);
    assert.equal(await bytesOf('?resourceVersion=0'), list);
    assert.equal(await bytesOf('?limit=500'), list);
    assert.equal(await bytesOf('?labelSelector=n%3Dpod-6'), 3200);
  });
});
