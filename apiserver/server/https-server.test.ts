import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';
import { after, before, describe, it } from 'mocha';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../component/certificates.ts';
import { testDeps } from '../../test/support/api-server.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { errorResponse } from './responses.ts';
import type { ApiError } from '../../api/meta/errors.ts';
import { startHttpsServer, type HttpsServer } from './https-server.ts';

const text = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body: { kind: 'bytes', chunks: [Buffer.from(body.slice(0, 2)), Buffer.from(body.slice(2))] },
});

const large = Buffer.from(Array.from({ length: 400_000 }, (_, i) => String(i)).join(' '));

describe('HTTPS server', () => {
  const deps = testDeps();
  const stop = new AbortController();
  let authority: KeyPair;
  let client: KeyPair;
  let server: HttpsServer;
  let streaming = Promise.withResolvers<void>();

  async function handle(request: ApiRequest): Promise<ApiResponse> {
    switch (request.path) {
      case '/who':
        return text(200, `${request.peerCertificate?.commonName} ${request.peerCertificate?.organizations.join('+')}`);
      case '/late-echo':
        await new Promise((resolve) => setTimeout(resolve, 20)); // as whoever asks who may do it first
        return text(200, `[${(await request.body(1000)).toString()}]`);
      case '/echo':
        try {
          return text(200, `${request.query.get('q')}:${(await request.body(1000)).toString()}`);
        } catch (error) {
          return errorResponse(error as ApiError);
        }
      case '/stream':
        return {
          status: 200,
          headers: { 'content-type': 'text/plain' },
          body: {
            kind: 'stream',
            write: async (sink, signal) => {
              sink.write(Buffer.from('first\n'));
              streaming.resolve();
              await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
              sink.write(Buffer.from('last\n'));
            },
          },
        };
      case '/large':
        return { status: 200, headers: {}, body: { kind: 'bytes', chunks: [large.subarray(0, 7), large.subarray(7)] } };
      default:
        return text(404, 'nothing');
    }
  }

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'test-ca' }, deps);
    const own = await issueCertificate(
      authority,
      { commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] },
      deps,
    );
    client = await issueCertificate(
      authority,
      { commonName: 'jane', organizations: ['a', 'b'], usages: ['client'] },
      deps,
    );
    server = await startHttpsServer(
      { bindAddress: '127.0.0.1', port: 0, clientCa: [authority.certificate], drainMs: 2000, ...own },
      handle,
      deps,
      stop.signal,
    );
  });
  after(async () => {
    stop.abort();
    await server.closed;
  });

  const agent = new https.Agent({ keepAlive: true });
  after(() => agent.destroy());

  function http1(
    path: string,
    options: https.RequestOptions = {},
    body?: string,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const request = https.request(
        { host: '127.0.0.1', port: server.port, path, ca: authority.certificate, agent, ...options },
        (response) => {
          let received = '';
          response.on('data', (chunk: Buffer) => (received += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode!, text: received }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
  }

  function stream2(session: http2.ClientHttp2Session, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path });
      let received = '';
      stream.on('data', (chunk: Buffer) => (received += chunk.toString()));
      stream.on('end', () => resolve(received));
      stream.on('error', reject);
    });
  }

  it('speaks HTTP/1.1 and HTTP/2 on one port', async () => {
    assert.deepEqual(await http1('/echo?q=1', { method: 'POST' }, 'body'), { status: 200, text: '1:body' });
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.certificate });
    assert.equal(await stream2(session, '/echo?q=2'), '2:');
    session.close();
  });

  it('reads the body of a request that has none, however late', async () => {
    assert.equal((await http1('/late-echo', { method: 'DELETE' })).text, '[]');
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.certificate });
    assert.equal(await stream2(session, '/late-echo'), '[]');
    session.close();
  });

  it('answers many requests of one connection at once, however long the answers', async () => {
    const whole = large.toString();
    assert.equal((await http1('/large')).text, whole);
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.certificate });
    const streams: http2.ClientHttp2Stream[] = [];
    for (let i = 0; i < 60; i++) {
      const stream = session.request({ ':path': '/large' });
      streams.push(stream);
      await once(stream, 'response');
    }
    for (const stream of streams) assert.equal((await stream.toArray()).join(''), whole);
    session.close();
  });

  it('sees client certificates that verify, and no others', async () => {
    const { certificate: cert, privateKey: key } = client;
    assert.equal((await http1('/who', { cert, key, agent: undefined })).text, 'jane a+b');
    const strangers = await createCertificateAuthority({ commonName: 'other-ca' }, deps);
    const stranger = await issueCertificate(strangers, { commonName: 'joe', usages: ['client'] }, deps);
    const { text: answer } = await http1('/who', {
      cert: stranger.certificate,
      key: stranger.privateKey,
      agent: undefined,
    });
    assert.equal(answer, 'undefined undefined');
  });

  it('refuses bodies past the limit', async () => {
    const { status } = await http1('/echo', { method: 'POST' }, 'x'.repeat(2000));
    assert.equal(status, 413);
  });

  it('answers methods that it does not know', async () => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port: server.port,
      ca: authority.certificate,
      ALPNProtocols: ['http/1.1'],
    });
    socket.end('BOGUS / HTTP/1.1\r\nhost: x\r\n\r\n');
    let received = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) received += chunk.toString();
    assert.match(received, /^HTTP\/1\.1 405 Method Not Allowed\r\n/);
  });

  it('ends streams and closes connections when it stops', async () => {
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.certificate });
    const watching = stream2(session, '/stream');
    await streaming.promise;
    streaming = Promise.withResolvers<void>();
    const watchingToo = http1('/stream');
    await streaming.promise;
    stop.abort();
    assert.equal(await watching, 'first\nlast\n');
    assert.equal((await watchingToo).text, 'first\nlast\n');
    await server.closed;
  });
});
