import assert from 'node:assert/strict';
import { once, type EventEmitter } from 'node:events';
import http2 from 'node:http2';
import tls, { type TLSSocket } from 'node:tls';
import { after, before, describe, it } from 'mocha';
import type { ApiError } from '../../api/meta/errors.ts';
import { createCertificateAuthority, issueCertificate } from '../../component/certificates.ts';
import { testDeps } from '../../test/support/api-server.ts';
import type { ApiRequest, ApiResponse, Handler } from '../request.ts';
import { createRequestDeadline } from '../stages/request-deadline.ts';
import { requestInfoOf } from '../stages/request-info.ts';
import { startHttpsServer, type HttpsServer, type HttpsServerOptions } from './https-server.ts';
import { errorResponse, textResponse } from './responses.ts';

const requestTimeoutMs = 300;

describe('bounds of connections', () => {
  const deps = testDeps();
  const stop = new AbortController();
  const servers: HttpsServer[] = [];
  let ca: string;
  let serve: (options?: Partial<HttpsServerOptions>) => Promise<number>;

  const deadline = createRequestDeadline(deps.clock, { requestTimeoutMs });
  const answer = async (request: ApiRequest): Promise<ApiResponse> => {
    if (request.path === '/last') return { ...textResponse(200, 'bye'), headers: { connection: 'close' } };
    try {
      return textResponse(200, `${(await request.body(100_000)).length}`);
    } catch (error) {
      return errorResponse(error as ApiError);
    }
  };
  const handle: Handler = (request) => deadline.run(request, requestInfoOf(request), () => answer(request));

  before(async () => {
    const authority = await createCertificateAuthority({ commonName: 'test-ca' }, deps);
    const pair = await issueCertificate(
      authority,
      { commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] },
      deps,
    );
    ca = authority.certificate;
    serve = async (options = {}) => {
      const server = await startHttpsServer(
        { bindAddress: '127.0.0.1', port: 0, drainMs: 500, ...pair, ...options },
        handle,
        deps,
        stop.signal,
      );
      servers.push(server);
      return server.port;
    };
  });
  after(async () => {
    stop.abort();
    await Promise.all(servers.map(({ closed }) => closed));
  });

  const http1 = (port: number): TLSSocket =>
    tls.connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'] }).on('error', () => {});
  const session = (port: number): http2.ClientHttp2Session =>
    http2.connect(`https://127.0.0.1:${port}`, { ca }).on('error', () => {});

  const closeOf = (emitter: EventEmitter): Promise<void> => new Promise((resolve) => emitter.once('close', resolve));

  /** All that comes until the server hangs up. */
  async function everything(socket: TLSSocket): Promise<string> {
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    await closeOf(socket);
    return received;
  }

  async function status(client: http2.ClientHttp2Session, path: string): Promise<number | undefined> {
    const stream = client.request({ ':path': path });
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
    stream.resume();
    await closeOf(stream);
    return headers[':status'];
  }

  for (const text of ['', 'GET / HT', 'GET / HTTP/1.1\r\nhost: x\r\nx-slow: '])
    it(`hangs up on headers that do not come to an end: ${JSON.stringify(text)}`, async () => {
      const port = await serve({ headersTimeoutMs: 200 });
      const socket = http1(port);
      socket.write(text);
      assert.equal(await everything(socket), '');
    });

  it('answers headers that are too long with 431', async () => {
    const socket = http1(await serve());
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'x'.repeat(2 << 20)}\r\n\r\n`);
    assert.match(await everything(socket), /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  });

  it('takes headers longer than node does by itself', async () => {
    const socket = http1(await serve());
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-long: ${'x'.repeat(200_000)}\r\n\r\n`);
    assert.match(await everything(socket), /^HTTP\/1\.1 200 OK\r\n/);
  });

  it('answers a body that does not come with 504, and hangs up', async () => {
    const socket = http1(await serve());
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
    assert.match(await everything(socket), /^HTTP\/1\.1 504 Gateway Timeout\r\n[^]*"reason":"Timeout"/);
  });

  it('answers a stream whose body does not come with 504, and ends it alone', async () => {
    const client = session(await serve());
    const stream = client.request({ ':method': 'POST', ':path': '/' });
    stream.write('abc');
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    assert.equal(headers[':status'], 504);
    stream.resume();
    await closeOf(stream);
    assert.equal(await status(client, '/'), 200);
    client.close();
  });

  it('answers a body without end with 413 while it still comes, and hangs up', async () => {
    const socket = http1(await serve());
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    let isClosed = false;
    const feeding = setInterval(() => {
      if (!isClosed) socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
    }, 5);
    const received = await everything(socket).finally(() => {
      isClosed = true;
      clearInterval(feeding);
    });
    assert.match(received, /^HTTP\/1\.1 413 Payload Too Large\r\n/);
  });

  it('tells clients how many streams they may have open', async () => {
    const ports = [await serve(), await serve({ maxConcurrentStreams: 7 }), await serve({ maxConcurrentStreams: 1e6 })];
    const limits = await Promise.all(
      ports.map(async (port) => {
        const client = session(port);
        const [settings] = (await once(client, 'remoteSettings')) as [http2.Settings];
        client.close();
        return settings.maxConcurrentStreams;
      }),
    );
    assert.deepEqual(limits, [100, 7, 1e6]);
  });

  for (const [what, options, path] of [
    ['by chance', { goawayChance: 1 }, '/'],
    ['where the answer says so', {}, '/last'],
  ] as const)
    it(`sends a client to another connection ${what}, after its answer`, async () => {
      const client = session(await serve(options));
      const gone = once(client, 'goaway') as Promise<[number]>;
      const closed = closeOf(client);
      assert.equal(await status(client, path), 200);
      assert.deepEqual((await gone).slice(0, 1), [http2.constants.NGHTTP2_NO_ERROR]);
      await closed;
    });

  it('hangs up on a client that resets streams without end', async () => {
    const client = session(await serve());
    await once(client, 'connect');
    const closed = closeOf(client);
    for (let i = 0; i < 5000 && !client.destroyed; i++) {
      const stream = client.request({ ':method': 'POST', ':path': '/' });
      stream.on('error', () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
      if (i % 50 === 0) await new Promise(setImmediate);
    }
    await closed;
  });
});
