import assert from 'node:assert/strict';
import http from 'node:http';
import http2, { type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import type { Container, Probe } from '../../api/schema/generated/core-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createSeededRandom } from '../../component/seeded-random.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { REGISTRY } from './index.ts';
import type { ProbeAnswer } from './probe-kind.ts';
import { runProber, type ProbePurpose } from './prober.ts';

const ask = (
  probe: Probe,
  container: Partial<Container> = {},
  signal: AbortSignal = AbortSignal.timeout(10_000),
): Promise<ProbeAnswer> =>
  REGISTRY.find((kind) => kind.supports(probe))!.ask(
    probe,
    { container: { name: 'c', ...container }, containerId: 'c0', podIp: '127.0.0.1', runtime: {} as ContainerRuntime },
    signal,
  );

describe('kinds of probes', () => {
  let server: Server | http.Server | http2.Http2Server | undefined;
  afterEach(() => new Promise<void>((resolve) => (server?.listening ? server.close(() => resolve()) : resolve())));
  const listen = async <S extends Server | http.Server | http2.Http2Server>(made: S): Promise<number> => {
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return (made.address() as AddressInfo).port;
  };

  it('have unique names', () => {
    assert.equal(new Set(REGISTRY.map(({ name }) => name)).size, REGISTRY.length);
  });

  it('httpGet: by status, with headers, following redirects on the same host only', async () => {
    const seen: (string | undefined)[] = [];
    const port = await listen(
      http.createServer((request, response) => {
        seen.push(request.headers['user-agent']);
        const [, status = '200', location] = /^\/(\d+)(?:\?to=(.*))?$/.exec(request.url!) ?? [];
        response
          .writeHead(Number(status), location ? { location: decodeURIComponent(location) } : {})
          .end(request.headers['x-one']);
      }),
    );
    const ports = [{ name: 'web', containerPort: port }];
    const get = (path: string, more: object = {}): Promise<ProbeAnswer> =>
      ask({ httpGet: { path, port: 'web', ...more } }, { ports });
    assert.deepEqual(await get('/200', { httpHeaders: [{ name: 'X-One', value: '1' }] }), {
      isSuccess: true,
      output: '1',
    });
    assert.deepEqual(seen, ['kube-probe/1.36']);
    assert.equal((await get('/399')).isSuccess, true);
    assert.deepEqual(await get('/500'), { isSuccess: false, output: 'HTTP probe failed with statuscode: 500' });
    assert.equal((await get('/302?to=%2F404')).output, 'HTTP probe failed with statuscode: 404');
    assert.equal((await get('/302?to=http%3A%2F%2Felsewhere.invalid%2F')).isSuccess, true);
  });

  it('httpGet: failures in words users know', async () => {
    const port = await listen(createServer());
    await new Promise<void>((resolve) => server!.close(() => resolve()));
    assert.deepEqual(await ask({ httpGet: { path: '/x', port } }), {
      isSuccess: false,
      output: `Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
    await assert.doesNotReject(ask({ httpGet: { port: 'none' } }));
    assert.match((await ask({ httpGet: { port: 'none' } })).output, /invalid port number: none/);
  });

  it('httpGet: gives up when its time is up', async () => {
    const port = await listen(http.createServer(() => {}));
    const limit = new AbortController();
    const answer = ask({ httpGet: { path: '/', port } }, {}, limit.signal);
    limit.abort();
    assert.match(
      (await answer).output,
      /context deadline exceeded \(Client\.Timeout exceeded while awaiting headers\)$/,
    );
    (server as http.Server).closeAllConnections();
  });

  it('tcpSocket: by whether it is accepted', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {})));
    assert.equal((await ask({ tcpSocket: { port } })).isSuccess, true);
    await new Promise<void>((resolve) => server!.close(() => resolve()));
    assert.equal(
      (await ask({ tcpSocket: { port } })).output,
      `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
  });

  it('grpc: by the health protocol', async () => {
    const services: Readonly<Record<string, { status?: number; code: string }>> = {
      '': { status: 1, code: '0' },
      down: { status: 2, code: '0' },
      none: { code: '12' },
    };
    const port = await listen(
      http2.createServer().on('stream', (stream: ServerHttp2Stream, headers) => {
        assert.equal(headers[':path'], '/grpc.health.v1.Health/Check');
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { status, code } = services[Buffer.concat(chunks).subarray(7).toString()]!;
          stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': code }));
          stream.end(status === undefined ? undefined : Buffer.from([0, 0, 0, 0, 2, 8, status]));
        });
      }),
    );
    assert.equal((await ask({ grpc: { port } })).isSuccess, true);
    assert.equal(
      (await ask({ grpc: { port, service: 'down' } })).output,
      'service unhealthy (responded with "NOT_SERVING")',
    );
    assert.match(
      (await ask({ grpc: { port, service: 'none' } })).output,
      /does not implement the grpc health protocol/,
    );
  });
});

describe('prober', () => {
  interface Run {
    readonly clock: ReturnType<typeof createFakeClock>;
    readonly results: string[];
    readonly failures: string[];
    readonly asked: () => number;
    readonly stop: () => void;
    readonly done: Promise<void>;
  }
  /** Answers one after another: true, false, or an error. */
  const start = (
    probe: Probe,
    answers: (boolean | Error)[],
    purpose: ProbePurpose = 'readiness',
    started = Promise.resolve(),
  ): Run => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const run = { results: [] as string[], failures: [] as string[] };
    let asked = 0;
    const done = runProber(
      {
        probe,
        purpose,
        startedAtMs: clock.now(),
        started,
        ask: () => {
          const answer = answers[asked++] ?? answers.at(-1)!;
          return answer instanceof Error
            ? Promise.reject(answer)
            : Promise.resolve({ isSuccess: answer, output: 'no' });
        },
        changed: (result) => void run.results.push(result),
        failed: (output) => void run.failures.push(output),
        errored: (error) => void run.failures.push(error.message),
      },
      { clock, random: createSeededRandom(1) },
      stop.signal,
    );
    done.catch(() => {});
    return { ...run, clock, asked: () => asked, stop: () => stop.abort(new Error('over')), done };
  };

  it('waits its initial delay, then asks every period', async () => {
    const { clock, asked, results, stop, done } = start({ initialDelaySeconds: 5, periodSeconds: 2 }, [true]);
    await clock.advance(4999);
    assert.equal(asked(), 0);
    await clock.advance(1);
    assert.equal(asked(), 1);
    await clock.advance(4000);
    assert.equal(asked(), 3);
    assert.deepEqual(results, ['passed']);
    stop();
    await assert.rejects(done);
  });

  it('counts up to its thresholds', async () => {
    const { clock, results, failures, stop } = start({ periodSeconds: 1, failureThreshold: 3, successThreshold: 2 }, [
      true,
      true,
      false,
      true,
      false,
      false,
      false,
      true,
      true,
    ]);
    const after: string[] = [];
    for (let i = 0; i < 9; i++) {
      await clock.advance(i === 0 ? 0 : 1000);
      after.push(results.at(-1) ?? '');
    }
    assert.deepEqual(after, ['', 'passed', 'passed', 'passed', 'passed', 'passed', 'failed', 'failed', 'passed']);
    assert.equal(failures.length, 4);
    stop();
  });

  it('takes no answer for neither yes nor no', async () => {
    const { clock, results, failures, stop } = start({ periodSeconds: 1, failureThreshold: 1 }, [
      new Error('broken'),
      true,
    ]);
    await clock.advance(0);
    assert.deepEqual([results, failures], [[], ['broken']]);
    await clock.advance(1000);
    assert.deepEqual(results, ['passed']);
    stop();
  });

  it('for startup is done once it passes', async () => {
    const { clock, results, done } = start({ periodSeconds: 1, failureThreshold: 5 }, [false, false, true], 'startup');
    await clock.advance(2000);
    await done;
    assert.deepEqual(results, ['passed']);
  });

  it('for liveness is done once it fails', async () => {
    const { clock, results, done } = start({ periodSeconds: 1, failureThreshold: 2 }, [true, false, false], 'liveness');
    await clock.advance(2000);
    await done;
    assert.deepEqual(results, ['passed', 'failed'].slice(1));
  });

  it('waits until the container has started', async () => {
    const started = Promise.withResolvers<void>();
    const { clock, asked, stop } = start({ periodSeconds: 1 }, [true], 'readiness', started.promise);
    await clock.advance(5000);
    assert.equal(asked(), 0);
    started.resolve();
    await clock.advance(0);
    assert.equal(asked(), 1);
    stop();
  });

  it('gives a question its time only', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const failures: string[] = [];
    void runProber(
      {
        probe: { timeoutSeconds: 2, periodSeconds: 60 },
        purpose: 'readiness',
        startedAtMs: clock.now(),
        started: Promise.resolve(),
        ask: (signal) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
        changed: () => {},
        failed: (output) => void failures.push(output),
        errored: () => {},
      },
      { clock, random: createSeededRandom(1) },
      stop.signal,
    ).catch(() => {});
    await clock.advance(2000);
    assert.deepEqual(failures, ['command timed out after 2s']);
    stop.abort(new Error('over'));
  });
});
