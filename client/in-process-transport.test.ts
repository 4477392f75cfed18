import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { until } from '../test/support/until.ts';
import {
  createInProcessTransport,
  type InProcessHandler,
  type InProcessRequest,
  type InProcessSink,
} from './in-process-transport.ts';

const stream =
  (write: (sink: InProcessSink, signal: AbortSignal) => Promise<void>): InProcessHandler =>
  () =>
    Promise.resolve({ status: 200, headers: {}, body: { kind: 'stream', write } });

describe('in-process transport', () => {
  it('hands on the request as a server would see it', async () => {
    let seen: InProcessRequest | undefined;
    let body = '';
    const transport = createInProcessTransport(
      async (request) => {
        seen = request;
        body = (await request.body(100)).toString();
        return {
          status: 201,
          headers: { 'x-a': 'b' },
          body: { kind: 'bytes', chunks: [Buffer.from('ab'), new Uint8Array([99])] },
        };
      },
      { headers: { Authorization: 'Bearer t' } },
    );
    const response = await transport.request({
      method: 'POST',
      path: '/a%20b?x=1&y=%2F',
      headers: { 'Content-Type': 'z' },
      body: 'ü',
    });
    assert.deepEqual([response.status, response.headers['x-a'], await response.text()], [201, 'b', 'abc']);
    assert.deepEqual([seen?.method, seen?.path, seen?.query.get('y'), body], ['POST', '/a%20b', '/', 'ü']);
    assert.deepEqual(seen?.headers, { authorization: 'Bearer t', 'content-type': 'z' });
  });

  it('refuses a body that is larger than the server takes', async () => {
    const transport = createInProcessTransport(async (request) => {
      await request.body(3);
      throw new Error('not reached');
    });
    await assert.rejects(transport.request({ method: 'POST', path: '/', body: 'four' }), /exceeds 3/);
  });

  it('streams', async () => {
    const transport = createInProcessTransport(
      stream(async (sink) => {
        for (const text of ['a', 'b', 'c']) {
          sink.write(Buffer.from(text));
          await new Promise((resolve) => setImmediate(resolve));
        }
      }),
    );
    assert.equal(await (await transport.request({ method: 'GET', path: '/' })).text(), 'abc');
  });

  it('tells a writer to wait for a slow reader', async () => {
    let written = 0;
    const transport = createInProcessTransport(
      stream(async (sink) => {
        for (let i = 0; i < 100; i++) {
          written++;
          if (!sink.write(Buffer.alloc(256 << 10))) await sink.drained();
        }
      }),
    );
    const response = await transport.request({ method: 'GET', path: '/' });
    const body = response.body[Symbol.asyncIterator]();
    await body.next();
    await until(() => written >= 4);
    assert.ok(written < 20, `${written} chunks were written ahead`);
    let read = 1;
    while (!(await body.next()).done) read++;
    assert.equal(read, 100);
  });

  it('hangs up when the reader leaves', async () => {
    let isAborted = false;
    const transport = createInProcessTransport(
      stream(
        (sink, signal) =>
          new Promise((resolve) => {
            sink.write(Buffer.from('x'));
            signal.addEventListener('abort', () => {
              isAborted = true;
              resolve();
            });
          }),
      ),
    );
    for await (const _chunk of (await transport.request({ method: 'GET', path: '/' })).body) break;
    assert.equal(isAborted, true);
  });

  it('rejects with the reason of the signal, before the answer and within the body', async () => {
    const hanging = createInProcessTransport(() => new Promise(() => {}));
    const stop = new AbortController();
    const waiting = hanging.request({ method: 'GET', path: '/', signal: stop.signal });
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);

    const within = new AbortController();
    const silent = createInProcessTransport(stream(() => new Promise(() => {})));
    const text = (await silent.request({ method: 'GET', path: '/', signal: within.signal })).text();
    setImmediate(() => within.abort(new Error('enough')));
    await assert.rejects(text, /enough/);
  });

  it('passes on what breaks a stream', async () => {
    const transport = createInProcessTransport(stream(() => Promise.reject(new Error('broken'))));
    await assert.rejects((await transport.request({ method: 'GET', path: '/' })).text(), /broken/);
  });

  it('ends what is under way when it is closed', async () => {
    const transport = createInProcessTransport(stream(() => new Promise(() => {})));
    const text = (await transport.request({ method: 'GET', path: '/' })).text();
    setImmediate(() => transport.close());
    await assert.rejects(text, /the transport is closed/);
  });
});
