import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { connect } from 'node:tls';
import { join } from 'node:path';
import { Router } from 'express';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { createCertificateAuthority, issueCertificate, writeKeyPair } from './certificates.ts';
import type { Clock } from './clock.ts';
import { createFakeClock } from './fake-clock.ts';
import { counter } from './metrics.ts';
import { startServer, type RunningServer, type ServingOptions } from './serving.ts';

interface Got {
  readonly status: number;
  readonly text: string;
  readonly headers: http.IncomingHttpHeaders;
}

function get(url: string, options: https.RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https') ? https : http).get(
      url,
      { rejectUnauthorized: false, ...options },
      (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.once('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
      },
    );
    request.once('error', reject);
  });
}

describe('serving', () => {
  let deps: ReturnType<typeof createTestDeps<Clock>>;
  let stop: AbortController;
  let folder: string;
  let running: RunningServer[];

  beforeEach(async () => {
    deps = createTestDeps();
    stop = new AbortController();
    running = [];
    folder = await mkdtemp(join(tmpdir(), 'k8ts-serving-'));
  });

  afterEach(async () => {
    stop.abort(new Error('over'));
    await Promise.all(running.map((server) => server.closed));
    await rm(folder, { recursive: true });
  });

  async function start(options: Partial<ServingOptions> = {}): Promise<RunningServer> {
    const server = await startServer({ bindAddress: '127.0.0.1', port: 0, ...options }, deps, stop.signal);
    running.push(server);
    return server;
  }

  it('serves health, metrics and what it is given, by plain HTTP', async () => {
    counter(deps.metrics, { name: 'things_total', help: 'Things.' }).inc();
    const router = Router();
    router.get('/configz', (_request, response) => void response.json({ a: 1 }));
    const { url } = await start({ routers: [router] });
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const health = await get(`${url}/healthz`);
    assert.deepEqual([health.status, health.text], [200, 'ok']);
    assert.equal(health.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal((await get(`${url}/livez?verbose`)).text, '[+]ping ok\nlivez check passed\n');
    assert.equal((await get(`${url}/readyz/ping`)).text, 'ok');
    const metrics = await get(`${url}/metrics`);
    assert.match(metrics.text, /^things_total 1$/m);
    assert.match(metrics.headers['content-type']!, /^text\/plain; version=0\.0\.4/);
    assert.deepEqual(JSON.parse((await get(`${url}/configz`)).text), { a: 1 });
    assert.deepEqual([(await get(`${url}/x`)).status, (await get(`${url}/x`)).text], [404, '404 page not found\n']);
    assert.equal(health.headers['x-powered-by'], undefined);
  });

  it('answers 500 for a failed check, and logs why', async () => {
    const bad = { name: 'informers', check: () => Promise.reject(new Error('not synced')) };
    const { url } = await start({ readyChecks: [bad] });
    assert.equal((await get(`${url}/healthz`)).status, 200);
    const ready = await get(`${url}/readyz`);
    assert.deepEqual(
      [ready.status, ready.text],
      [500, '[+]ping ok\n[-]informers failed: reason withheld\nreadyz check failed\n'],
    );
    assert.equal((deps.lines.at(-1)?.fields.error as Error).message, 'not synced');
    assert.equal((await get(`${url}/readyz/informers`)).status, 500);
  });

  it('asks who may, but for health', async () => {
    const asked: string[] = [];
    const { url } = await start({
      authorize: async (request) => {
        asked.push(request.url!);
        if (request.headers.authorization === 'Bearer good') return { allowed: true };
        return { allowed: false, status: 403, message: 'forbidden: no' };
      },
    });
    assert.equal((await get(`${url}/healthz`)).status, 200);
    assert.equal((await get(`${url}/livez/ping`)).status, 200);
    assert.deepEqual(asked, []);
    const denied = await get(`${url}/metrics`);
    assert.deepEqual([denied.status, denied.text], [403, 'forbidden: no\n']);
    assert.equal((await get(`${url}/metrics`, { headers: { authorization: 'Bearer good' } })).status, 200);
    assert.equal((await get(`${url}/unknown`)).status, 403);
  });

  it('answers 500 where a handler fails, and goes on', async () => {
    const router = Router();
    router.get('/bad', () => {
      throw new Error('broken');
    });
    const { url } = await start({ routers: [router] });
    const bad = await get(`${url}/bad`);
    assert.deepEqual([bad.status, bad.text], [500, 'Internal Server Error\n']);
    assert.equal(deps.lines.at(-1)?.message, 'request failed');
    assert.equal((await get(`${url}/healthz`)).status, 200);
  });

  describe('by TLS', () => {
    it('makes itself a certificate, keeps it, and takes it again', async () => {
      const tls = { certificateFolder: join(folder, 'pki'), pairName: 'kubelet' };
      const { url } = await start({ tls });
      assert.match(url, /^https:/);
      assert.equal((await get(`${url}/healthz`)).text, 'ok');
      const made = await readFile(join(folder, 'pki', 'kubelet.crt'), 'utf8');
      assert.equal((await stat(join(folder, 'pki', 'kubelet.key'))).mode & 0o777, 0o600);
      assert.equal((await get(`${url}/healthz`, { rejectUnauthorized: true, ca: made })).text, 'ok');
      await start({ tls });
      assert.equal(await readFile(join(folder, 'pki', 'kubelet.crt'), 'utf8'), made);
    });

    it('serves with the files it is given', async () => {
      const authority = await createCertificateAuthority({ commonName: 'ca' }, deps);
      const pair = await issueCertificate(
        authority,
        { commonName: 'x', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['server'] },
        deps,
      );
      const files = { certificateFile: join(folder, 'x.crt'), keyFile: join(folder, 'x.key') };
      await writeKeyPair(files, pair);
      const { url } = await start({ tls: { ...files, pairName: 'x' } });
      assert.equal((await get(`${url}/healthz`, { rejectUnauthorized: true, ca: authority.certificate })).text, 'ok');
      await assert.rejects(
        start({ tls: { certificateFile: files.certificateFile, pairName: 'x' } }),
        /must be given together/,
      );
    });

    it('takes up renewed files', async () => {
      const authority = await createCertificateAuthority({ commonName: 'ca' }, deps);
      const issue = (commonName: string) => issueCertificate(authority, { commonName, usages: ['server'] }, deps);
      const files = { certificateFile: join(folder, 'x.crt'), keyFile: join(folder, 'x.key') };
      await writeKeyPair(files, await issue('old'));
      const clock = createFakeClock();
      deps = { ...deps, clock };
      const { port } = await start({ tls: { ...files, pairName: 'x' } });
      const served = (): Promise<string> =>
        new Promise((resolve) => {
          const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          });
        });
      assert.equal(await served(), 'old');
      const renewed = await issue('new');
      await writeFile(files.certificateFile, renewed.certificate); // its key is not there yet
      await clock.advance(60_000);
      await clock.waitForPending(1);
      assert.equal(await served(), 'old');
      await writeKeyPair(files, renewed);
      await clock.advance(60_000);
      await until(async () => (await served()) === 'new');
    });

    it('replaces a kept pair that cannot be read', async () => {
      await writeFile(join(folder, 'x.crt'), 'garbage');
      await writeFile(join(folder, 'x.key'), 'garbage');
      const { url } = await start({ tls: { certificateFolder: folder, pairName: 'x' } });
      assert.equal((await get(`${url}/healthz`)).text, 'ok');
    });

    it('asks for client certificates of its authorities, and lets the hook judge', async () => {
      const authority = await createCertificateAuthority({ commonName: 'ca' }, deps);
      const client = await issueCertificate(authority, { commonName: 'me', usages: ['client'] }, deps);
      const { url } = await start({
        tls: { pairName: 'x', clientCa: authority.certificate },
        authorize: async (request) =>
          (request.socket as import('node:tls').TLSSocket).authorized
            ? { allowed: true }
            : { allowed: false, status: 401, message: 'Unauthorized' },
      });
      assert.equal((await get(`${url}/metrics`)).status, 401);
      assert.equal((await get(`${url}/metrics`, { cert: client.certificate, key: client.privateKey })).status, 200);
    });
  });

  it('says where it cannot listen', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await until(() => other.listening);
    const { port } = other.address() as AddressInfo;
    await assert.rejects(start({ port }), new RegExp(`cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`));
    other.close();
  });

  it('stops with the signal: idle connections at once, open requests within the time given', async () => {
    const router = Router();
    router.get('/hang', (_request, response) => void response.write('begun'));
    const { url, closed } = await start({ routers: [router], drainMs: 20 });
    const agent = new http.Agent({ keepAlive: true });
    await get(`${url}/healthz`, { agent });
    const hanging = get(`${url}/hang`);
    await until(
      () => new Promise((resolve) => running[0]!.server.getConnections((_error, count) => resolve(count === 2))),
    );
    stop.abort(new Error('stop'));
    await assert.rejects(hanging, { code: 'ECONNRESET' });
    await closed;
    await assert.rejects(get(`${url}/healthz`), { code: 'ECONNREFUSED' });
    agent.destroy();
  });
});
