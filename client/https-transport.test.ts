import assert from 'node:assert/strict';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, it } from 'mocha';
import { createCertificateAuthority, issueCertificate } from '../component/certificates.ts';
import { createFakeClock } from '../component/fake-clock.ts';
import { until } from '../test/support/until.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { failureOf } from '../test/support/failure-of.ts';
import { startPeer, type HttpsPeer, type PeerHandler } from '../test/support/https-peer.ts';
import { bearer, fixedCredential, tokenFileCredential } from './credentials.ts';
import { createHttpsTransport, type HttpsTransport, type HttpsTransportOptions } from './https-transport.ts';
import { isNeverSent, TransportError } from './transport.ts';

const cleanups: (() => unknown)[] = [];

async function connect(
  handler: PeerHandler,
  options: Parameters<typeof startPeer>[1] = {},
  more: Partial<HttpsTransportOptions> = {},
): Promise<{ peer: HttpsPeer; transport: HttpsTransport }> {
  const peer = await startPeer(handler, options);
  const transport = createHttpsTransport({
    server: peer.url,
    certificateAuthority: peer.authority.certificate,
    ...more,
  });
  cleanups.push(
    () => peer.close(),
    () => transport.close(),
  );
  return { peer, transport };
}

const echo = (request: IncomingMessage, response: ServerResponse): void => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-version', request.httpVersion);
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      }),
    );
  });
};

/** A TCP connection to the port that can be unplugged: nothing is closed, nothing arrives any more. */
async function startCable(port: number): Promise<{ port: number; unplug(): void; close(): void }> {
  const ends: Socket[] = [];
  const server = createServer((near) => {
    const far = createConnection(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const end of [near, far]) end.on('error', () => {});
    ends.push(near, far);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    unplug: () => ends.forEach((end) => end.unpipe()),
    close: () => {
      ends.forEach((end) => end.destroy());
      server.close();
    },
  };
}

describe('https transport', () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  for (const [protocol, version] of [
    ['h2', '2.0'],
    ['http/1.1', '1.1'],
    ['plain', '1.1'],
  ] as const) {
    describe(`to a server that speaks ${protocol}`, () => {
      it('carries method, path, headers and body', async () => {
        const { transport } = await connect(echo, { protocol });
        const response = await transport.request({
          method: 'PUT',
          path: '/api/v1/x?dryRun=All',
          headers: { 'content-type': 'text/plain', 'k8ts-cause': 'test' },
          body: 'späß',
        });
        assert.equal(response.status, 200);
        assert.equal(response.headers['x-version'], version);
        const seen = JSON.parse(await response.text()) as { headers: Record<string, string> };
        assert.deepEqual(
          { ...seen, headers: undefined },
          { method: 'PUT', url: '/api/v1/x?dryRun=All', body: 'späß', headers: undefined },
        );
        assert.equal(seen.headers['k8ts-cause'], 'test');
        assert.equal(seen.headers['content-type'], 'text/plain');
      });

      it('answers with whatever status the server gave', async () => {
        const { transport } = await connect((_request, response) => response.writeHead(404).end('no'), { protocol });
        const response = await transport.request({ method: 'GET', path: '/x' });
        assert.equal(response.status, 404);
        assert.equal(await response.text(), 'no');
      });

      it('uses kept connections again', async () => {
        const { peer, transport } = await connect(echo, { protocol });
        for (let i = 0; i < 5; i++) await (await transport.request({ method: 'GET', path: '/x' })).text();
        // one more where the first connection only found out that there is no HTTP/2
        assert.equal(peer.connections, protocol === 'http/1.1' ? 2 : 1);
      });

      it('streams a body as it comes, and hangs up when the reader leaves', async () => {
        let hungUp: () => void;
        const gone = new Promise<void>((resolve) => (hungUp = resolve));
        const { transport } = await connect(
          (_request, response) => {
            response.write('one\n');
            response.once('close', () => hungUp());
          },
          { protocol },
        );
        const response = await transport.request({ method: 'GET', path: '/watch' });
        for await (const chunk of response.body) {
          assert.equal(chunk.toString(), 'one\n');
          break;
        }
        await gone;
      });

      it('fails a body that is cut off in the middle', async () => {
        const { peer, transport } = await connect((_request, response) => void response.write('half'), { protocol });
        const response = await transport.request({ method: 'GET', path: '/x' });
        const seen: string[] = [];
        const error = await failureOf(
          (async () => {
            for await (const chunk of response.body) {
              seen.push(chunk.toString());
              peer.cut();
            }
          })(),
        );
        assert.deepEqual(seen, ['half']);
        assert.ok(error instanceof TransportError);
        assert.match(error.message, /^GET http.*127\.0\.0\.1:\d+\/x: /);
      });

      it('rejects with the reason of the signal, before the answer and within the body', async () => {
        let arrived = (): void => {};
        const { transport } = await connect(
          (request, response) => {
            if (request.url === '/slow') arrived();
            else response.write('begun');
          },
          { protocol },
        );
        const before = new AbortController();
        const waiting = transport.request({ method: 'GET', path: '/slow', signal: before.signal });
        await new Promise<void>((resolve) => (arrived = resolve));
        before.abort(new Error('changed my mind'));
        assert.equal((await failureOf(waiting)).message, 'changed my mind');

        const within = new AbortController();
        const response = await transport.request({ method: 'GET', path: '/begun', signal: within.signal });
        const error = await failureOf(
          (async () => {
            for await (const _chunk of response.body) within.abort(new Error('enough'));
          })(),
        );
        assert.equal(error.message, 'enough');
        assert.equal(
          (await failureOf(transport.request({ method: 'GET', path: '/', signal: within.signal }))).message,
          'enough',
        );
      });

      it('connects again after the server was away, and says that it was', async () => {
        const { peer, transport } = await connect(echo, { protocol });
        await (await transport.request({ method: 'GET', path: '/1' })).text();
        await peer.close();
        // The first request may still be written to the connection that is just going away.
        let error: unknown;
        await until(async () => {
          error = await failureOf(transport.request({ method: 'POST', path: '/2', body: 'x' }));
          return error instanceof TransportError && error.code === 'ECONNREFUSED';
        });
        assert.ok(isNeverSent(error));
        const again = await startPeer(echo, { protocol, port: peer.port, authority: peer.authority });
        cleanups.push(() => again.close());
        assert.equal((await transport.request({ method: 'POST', path: '/3', body: 'x' })).status, 200);
      });

      it('lets what is under way end when it is closed, and keeps no connection', async () => {
        let finish = (): void => {};
        const { peer, transport } = await connect(
          (_request, response) => {
            response.write('begun ');
            finish = () => response.end('ended');
          },
          { protocol },
        );
        const answer = await transport.request({ method: 'GET', path: '/slow' });
        transport.close();
        finish();
        assert.equal(await answer.text(), 'begun ended');
        await until(() => peer.openConnections === 0);
      });

      it('gives up on a server that does not begin to answer', async () => {
        const clock = createFakeClock();
        let arrived = (): void => {};
        const { transport } = await connect(() => arrived(), { protocol }, { deps: { clock } });
        const waiting = failureOf(transport.request({ method: 'GET', path: '/x' }));
        await new Promise<void>((resolve) => (arrived = resolve));
        await clock.advance(75_000);
        assert.match((await waiting).message, /no answer within 75s|no answer to a ping/);
      });
    });
  }

  it('tells an untrusted server apart', async () => {
    const { transport } = await connect(echo, {}, { certificateAuthority: undefined });
    const error = await failureOf(transport.request({ method: 'GET', path: '/x' }));
    assert.ok(error instanceof TransportError);
    assert.match(error.code ?? '', /UNABLE_TO_VERIFY|SELF_SIGNED/);
  });

  it('checks the name of the server, or the one it is told to', async () => {
    const handler: PeerHandler = (request, response) => response.end(String((request.socket as TLSSocket).servername));
    const { transport } = await connect(handler, {}, { tlsServerName: 'localhost' });
    assert.equal(await (await transport.request({ method: 'GET', path: '/' })).text(), 'localhost');
    const { transport: other } = await connect(handler, {}, { tlsServerName: 'example.com' });
    assert.equal(
      ((await failureOf(other.request({ method: 'GET', path: '/' }))) as TransportError).code,
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });

  it('shows its client certificate, and a new one on new connections', async () => {
    const handler: PeerHandler = (request, response) => {
      const socket = request.socket as TLSSocket;
      response.end(`${socket.authorized} ${socket.getPeerCertificate().subject.CN}`);
    };
    const peer = await startPeer(handler);
    const deps = createTestDeps();
    const issue = (commonName: string) => issueCertificate(peer.authority, { commonName, usages: ['client'] }, deps);
    const [first, second] = [await issue('first'), await issue('second')];
    let now = first;
    const transport = createHttpsTransport({
      server: peer.url,
      certificateAuthority: peer.authority.certificate,
      credentials: { get: () => ({ certificate: now.certificate, key: now.privateKey }) },
    });
    cleanups.push(
      () => peer.close(),
      () => transport.close(),
    );
    const ask = async (): Promise<string> => (await transport.request({ method: 'GET', path: '/' })).text();
    assert.equal(await ask(), 'true first');
    now = second;
    assert.equal(await ask(), 'true second');
    assert.equal(peer.connections, 2);
  });

  it('sends the token of a file, and reads the file again after a minute and after a 401', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'k8ts-token-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const path = join(folder, 'token');
    await writeFile(path, 'one\n');
    const clock = createFakeClock();
    let good = 'Bearer one';
    const { transport } = await connect(
      (request, response) => {
        if (request.headers.authorization !== good) response.statusCode = 401;
        response.end(request.headers.authorization);
      },
      {},
      { credentials: tokenFileCredential(path, { clock }), deps: { clock } },
    );
    const ask = async (): Promise<string> => {
      const response = await transport.request({ method: 'GET', path: '/' });
      return `${response.status} ${await response.text()}`;
    };
    assert.equal(await ask(), '200 Bearer one');
    await writeFile(path, 'two\n');
    assert.equal(await ask(), '200 Bearer one');
    good = 'Bearer two';
    assert.equal(await ask(), '401 Bearer one');
    assert.equal(await ask(), '200 Bearer two');
    await writeFile(path, 'three\n');
    good = 'Bearer three';
    await clock.advance(60_000);
    assert.equal(await ask(), '200 Bearer three');
  });

  it('puts the path of the server before every path', async () => {
    const { peer } = await connect(echo);
    const transport = createHttpsTransport({
      server: `${peer.url}/k8s/clusters/a/`,
      insecureSkipTlsVerify: true,
      credentials: fixedCredential(bearer('t')),
    });
    cleanups.push(() => transport.close());
    const seen = JSON.parse(await (await transport.request({ method: 'GET', path: '/api' })).text()) as { url: string };
    assert.equal(seen.url, '/k8s/clusters/a/api');
  });

  it('finds a vanished server out by ping, so that a silent watch does not hang', async () => {
    const clock = createFakeClock();
    const peer = await startPeer((_request, response) => void response.write('begun'));
    const cable = await startCable(peer.port);
    const transport = createHttpsTransport({
      server: `https://127.0.0.1:${cable.port}`,
      insecureSkipTlsVerify: true,
      deps: { clock },
    });
    cleanups.push(
      () => peer.close(),
      () => cable.close(),
    );
    const response = await transport.request({ method: 'GET', path: '/watch' });
    const body = response.body[Symbol.asyncIterator]();
    await body.next();
    cable.unplug();
    const ended = failureOf(body.next());
    await clock.advance(20_000);
    await clock.advance(10_000);
    assert.match((await ended).message, /no answer to a ping/);
  });

  it('lets what is under way end when the server says good-bye, and goes elsewhere with the rest', async () => {
    let finish = (): void => {};
    const { peer, transport } = await connect((request, response) => {
      if (request.url !== '/slow') return void response.end('quick');
      response.write('begun ');
      finish = () => response.end('ended');
      (request as unknown as { stream: ServerHttp2Stream }).stream.session?.goaway(0);
    });
    const slow = await transport.request({ method: 'GET', path: '/slow' });
    const text = slow.text();
    await until(async () => {
      const quick = await transport.request({ method: 'POST', path: '/quick', body: 'x' });
      assert.equal(await quick.text(), 'quick');
      return peer.connections === 2;
    });
    finish();
    assert.equal(await text, 'begun ended');
  });

  it('stands many requests and watches at once over its one connection', async () => {
    const { peer, transport } = await connect((request, response) => {
      if (request.url === '/watch') response.write('begun');
      else response.end('x'.repeat(100_000));
    });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const stop = new AbortController();
    const ask = (path: string) => transport.request({ method: 'GET', path, signal: stop.signal });
    const watches = await Promise.all(Array.from({ length: 60 }, () => ask('/watch')));
    const texts = await Promise.all(Array.from({ length: 200 }, async () => (await ask('/x')).text()));
    assert.ok(texts.every((text) => text.length === 100_000));
    const ended = watches.map((watch) => failureOf(watch.text()));
    stop.abort(new Error('over'));
    for (const error of await Promise.all(ended)) assert.equal(error.message, 'over');
    process.off('warning', onWarning);
    assert.equal(peer.connections, 1);
    assert.deepEqual(warnings, []);
  });

  it('has further connections where watches take all that the server allows on one', async () => {
    const { peer, transport } = await connect(
      (request, response) => {
        if (request.url === '/watch') response.write('begun');
        else response.end('quick');
      },
      { maxConcurrentStreams: 10 },
    );
    const stop = new AbortController();
    const watch = () => transport.request({ method: 'GET', path: '/watch', signal: stop.signal });
    const quick = async () => (await transport.request({ method: 'GET', path: '/quick' })).text();
    const first = await watch();
    const watches = [first, ...(await Promise.all(Array.from({ length: 24 }, watch)))];
    assert.equal(await quick(), 'quick');
    assert.equal(peer.connections, 3);
    const ended = watches.map((response) => failureOf(response.text()));
    stop.abort(new Error('over'));
    await Promise.all(ended);
    assert.deepEqual(await Promise.all([quick(), quick()]), ['quick', 'quick']);
    assert.equal(peer.connections, 3);
  });

  it('takes a connection over for another protocol', async () => {
    const authority = await createCertificateAuthority({ commonName: 'ca' }, createTestDeps());
    const usages = ['server'] as const;
    const pair = await issueCertificate(
      authority,
      { commonName: 'x', ipAddresses: ['127.0.0.1'], usages },
      createTestDeps(),
    );
    const server = https.createServer({ cert: pair.certificate, key: pair.privateKey }).listen(0, '127.0.0.1');
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\nhello`,
      );
      socket.pipe(socket);
    });
    await once(server, 'listening');
    const transport = createHttpsTransport({
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      certificateAuthority: authority.certificate,
      credentials: fixedCredential(bearer('t')),
    });
    cleanups.push(
      () => server.close(),
      () => transport.close(),
    );
    const answer = await transport.upgrade({ method: 'POST', path: '/exec', headers: { upgrade: 'SPDY/3.1' } });
    assert.ok(answer.kind === 'upgraded');
    assert.equal(answer.headers.upgrade, 'SPDY/3.1');
    let received = answer.head.toString();
    answer.socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    answer.socket.write(' echo');
    await until(() => received === 'hello echo');
    answer.socket.destroy();
  });

  it('gives the answer of a server that refuses to upgrade', async () => {
    const peer = await startPeer((_request, response) => response.writeHead(403).end('no'), { protocol: 'http/1.1' });
    const transport = createHttpsTransport({ server: peer.url, insecureSkipTlsVerify: true });
    cleanups.push(
      () => peer.close(),
      () => transport.close(),
    );
    const refused = await transport.upgrade({ method: 'POST', path: '/exec', headers: { upgrade: 'SPDY/3.1' } });
    assert.equal(refused.kind, 'refused');
    assert.equal(refused.kind === 'refused' && (await refused.response.text()), 'no');
  });
});
