import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { anonymous, bearer, fixedCredential } from '../client/credentials.ts';
import { createSelfSignedCertificate } from '../component/certificates.ts';
import { systemClock as clock } from '../component/clock.ts';
import { systemRandom as random } from '../component/random.ts';
import { runBenchmark, type Target, type TargetResults } from './benchmark.ts';
import { FakeServer } from './fake-server.ts';
import { createLoadClient, type LoadClient } from './load-client.ts';
import { usageOf } from './process-usage.ts';
import { formatReport, ratiosOf } from './report.ts';
import { scenarios } from './scenarios/index.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('main.ts', import.meta.url));

describe('bench', () => {
  let fake: FakeServer;
  let server: Server | Http2SecureServer;
  let address: string;
  const sockets = new Set<Socket>();
  const clients: LoadClient[] = [];
  const progress: string[] = [];
  const deps = { clock, random, progress: (line: string) => void progress.push(line) };
  const size = { pods: 12, concurrency: 4, watchers: 60 };

  async function listen(started: Server | Http2SecureServer, protocol: string): Promise<void> {
    server = started;
    server.on('connection', (socket: Socket) => void sockets.add(socket.on('close', () => sockets.delete(socket))));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    address = `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function target(name = 'fake', pids: number[] = []): Promise<Target> {
    const connection = { server: address, insecureSkipTlsVerify: true, credentials: anonymous, namespace: 'default' };
    const client = await createLoadClient(connection, { connections: 2, http1: false });
    clients.push(client);
    return { name, client, pids };
  }

  const benchmark = (targets: Target[], only?: string[]): Promise<TargetResults[]> =>
    runBenchmark(targets, { ...size, scenarios: scenarios.filter(({ name }) => only?.includes(name) ?? true) }, deps);

  beforeEach(async () => {
    fake = new FakeServer();
    progress.length = 0;
    await listen(createServer(fake.handle), 'http');
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('names its scenarios uniquely', () => {
    const names = scenarios.map(({ name }) => name);
    assert.deepEqual([...new Set(names)], names);
  });

  it('runs every scenario, then leaves nothing behind', async () => {
    const [results] = await benchmark([await target()]);
    assert.equal(results!.version, 'v1.36.0-fake');
    assert.equal(results!.protocol, 'http/1.1');
    const counts = results!.results.map(({ scenario, measurement }) => [scenario, measurement.count, measurement.firstFailure]); // prettier-ignore
    assert.deepEqual(counts, [
      ['create', 12, undefined],
      ['get', 48, undefined],
      ['list', 40, undefined],
      ['list-cached', 40, undefined],
      ['list-chunked', 200, undefined],
      ['list-by-label', 100, undefined],
      ['watch', 12 * 60, undefined],
      ['status-patch', 12, undefined],
      ['apply', 12, undefined],
      ['delete', 12, undefined],
    ]);
    assert.equal(fake.objects.size, 0);
  });

  it('speaks HTTP/2 where the server does, streams on connections of their own', async () => {
    await new Promise((resolve) => server.close(resolve));
    const { certificate, privateKey } = await createSelfSignedCertificate({ commonName: 'fake', ipAddresses: ['127.0.0.1'] }, { clock, random }); // prettier-ignore
    await listen(createSecureServer({ cert: certificate, key: privateKey, allowHTTP1: true }, fake.handle), 'https');
    const [results] = await benchmark([await target()], ['create', 'get', 'watch', 'delete']);
    assert.equal(results!.protocol, 'h2');
    assert.deepEqual(results!.results.map(({ measurement }) => measurement.firstFailure), [undefined, undefined, undefined, undefined]); // prettier-ignore
    // Two for requests, two for 60 streams, one to ask for the protocol.
    assert.ok(sockets.size <= 5, `${sockets.size} connections`);
  });

  it('makes pods for scenarios that read them, and each only once', async () => {
    const [results] = await benchmark([await target()], ['get', 'list']);
    assert.deepEqual(results!.results.map(({ scenario }) => scenario), ['get', 'list']); // prettier-ignore
    assert.equal(fake.requests.filter((request) => /^POST .*\/pods$/.test(request)).length, 12);
  });

  it('tells of failures and goes on', async () => {
    fake.refuse = (method, path) => (method === 'GET' && path.endsWith('/pod-3') ? 503 : undefined);
    const [results] = await benchmark([await target()], ['get', 'delete']);
    const [got, deleted] = results!.results;
    assert.equal(got!.measurement.failed, 4);
    assert.equal(got!.measurement.firstFailure, '503 {"kind":"Status","message":"refused"}');
    assert.equal(deleted!.measurement.failed, 0);
    assert.match(formatReport([results!]), /get: 503/);
  });

  it('tells of watches that are refused', async () => {
    const never: Target = await target();
    const stream = never.client.stream.bind(never.client);
    const refusing: Target = { ...never, client: { ...never.client, stream: async (path, onData) => ({ ...(await stream(path, onData)), status: 429 }) } }; // prettier-ignore
    const [results] = await benchmark([refusing], ['watch']);
    assert.match(results!.results[0]!.measurement.firstFailure!, /^60 of 60 watches were refused/);
  });

  it('gives up where the server lets it make nothing, and still cleans up', async () => {
    fake.refuse = (method, path) => (method === 'POST' && path.endsWith('/pods') ? 403 : undefined);
    await assert.rejects(benchmark([await target()], ['get']), /cannot make 12 of 12 pods: 403/);
    assert.equal(fake.objects.size, 0);
  });

  it('lets its namespace go itself where no controller does', async () => {
    fake.hasNamespaceController = false;
    let skippedMs = 0;
    const fast = { ...clock, monotonicMs: () => clock.monotonicMs() + skippedMs, sleep: async (ms: number) => void (skippedMs += ms) }; // prettier-ignore
    await runBenchmark([await target()], { ...size, scenarios: [] }, { ...deps, clock: fast });
    assert.equal(fake.objects.size, 0);
    assert.match(
      fake.requests.findLast((request) => request.startsWith('PUT'))!,
      /\/finalize$/,
    );
  });

  it('compares two servers scenario by scenario', async () => {
    const all = await benchmark([await target('ours', [process.pid]), await target('theirs')], ['get', 'list']);
    assert.deepEqual(
      progress.filter((line) => !line.includes('making')).map((line) => line.split(' (')[0]),
      ['ours: get', 'theirs: get', 'ours: list', 'theirs: list'],
    );
    const [ours, theirs] = all;
    assert.ok(ours!.results[0]!.measurement.usage!.peakRssBytes > 1e6);
    assert.equal(theirs!.results[0]!.measurement.usage, undefined);
    const [ratio] = ratiosOf(ours!, theirs!);
    assert.equal(ratio!.perSecond, ours!.results[0]!.measurement.perSecond / theirs!.results[0]!.measurement.perSecond);
    assert.equal(ratio!.cpuSeconds, undefined);
    assert.match(formatReport(all), /ours against theirs/);
  });

  it('counts processes that are gone as nothing', async () => {
    const own = await usageOf([process.pid]);
    assert.ok(own.peakRssBytes > 1e6 && own.cpuSeconds > 0);
    assert.deepEqual(await usageOf([2 ** 22 + 1]), { peakRssBytes: 0, cpuSeconds: 0 });
  });

  it('authenticates', async () => {
    let seen: string | undefined;
    server.prependListener('request', (request: { headers: Record<string, string> }) => {
      seen = request.headers['authorization'];
    });
    const connection = { server: address, credentials: fixedCredential(bearer('secret')), namespace: 'default' };
    const client = await createLoadClient(connection, { connections: 1, http1: true });
    clients.push(client);
    await client.send({ method: 'GET', path: '/version' });
    assert.equal(seen, 'Bearer secret');
  });

  it('runs from the command line', async () => {
    const flags = ['--server', address, '--pods', '5', '--only', 'create,delete'];
    const { stdout, stderr } = await run(process.execPath, [main, ...flags]);
    assert.match(stdout, /create\s+│\s+5\s+│/);
    assert.match(stderr, /create \(create pods\)/);
    const { stdout: json } = await run(process.execPath, [main, ...flags, '--json', '--pid', String(process.pid)]);
    const { targets } = JSON.parse(json) as { targets: TargetResults[] };
    assert.equal(targets[0]!.results[1]!.measurement.count, 5);
    await assert.rejects(run(process.execPath, [main, '--only', 'bogus']), /There is no scenario bogus/);
    await assert.rejects(
      run(process.execPath, [main, '--kubeconfig', '/nonexistent']),
      /bench: cannot read kubeconfig/,
    );
  });
});
