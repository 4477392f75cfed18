import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { createClient } from '../../client/rest-client.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startPeer, type HttpsPeer } from '../../test/support/https-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { AuditEvent } from './audit-event.ts';
import { createLogBackend } from './log-backend.ts';
import { createRotatingFile } from './rotating-file.ts';
import { createWebhookBackend } from './webhook-backend.ts';

const eventOf = (auditID: string): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/pods',
  verb: 'list',
  user: { username: 'jane "the" dev', groups: ['a', 'b'] },
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
  stageTimestamp: '2026-01-01T00:00:00.000000Z',
});

describe('audit log', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-audit-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const day = 86_400_000;
  const options = { maxBytes: 1e6, maxAgeMs: 0, maxBackups: 0, compress: false };

  it('has a line an event, in order, for its owner only', async () => {
    const path = join(folder, 'audit.log');
    const deps = createTestDeps();
    const backend = createLogBackend(
      { file: createRotatingFile({ ...options, path }, deps.clock), format: 'json' },
      deps,
    );
    for (let i = 0; i < 100; i++) backend.record(eventOf(`id-${i}`));
    await backend.close();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    assert.deepEqual(lines.map((line) => (JSON.parse(line) as AuditEvent).auditID), Array.from({ length: 100 }, (_, i) => `id-${i}`)); // prettier-ignore
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('has the old form where it is asked for', async () => {
    const path = join(folder, 'audit.log');
    const deps = createTestDeps();
    const backend = createLogBackend(
      { file: createRotatingFile({ ...options, path }, deps.clock), format: 'legacy' },
      deps,
    );
    backend.record(eventOf('one'));
    await backend.close();
    assert.equal(
      await readFile(path, 'utf8'),
      '2026-01-01T00:00:00.000000Z AUDIT: id="one" stage="ResponseComplete" ip="<unknown>" method="list" user="jane \\"the\\" dev" groups="a","b" as="<self>" asgroups="<lookup>" user-agent="<none>" namespace="<none>" uri="/api/v1/pods" response="200"\n',
    );
  });

  it('goes on in the file that is there', async () => {
    const path = join(folder, 'audit.log');
    const clock = createFakeClock();
    for (const line of ['a\n', 'b\n']) {
      const file = createRotatingFile({ ...options, path }, clock);
      await file.append(line);
      await file.close();
    }
    assert.equal(await readFile(path, 'utf8'), 'a\nb\n');
  });

  it('puts a full file aside under its time, and keeps as many as it is told', async () => {
    const clock = createFakeClock();
    const path = join(folder, 'audit.log');
    const file = createRotatingFile({ ...options, path, maxBytes: 10, maxBackups: 2 }, clock);
    for (const line of ['first 67\n', 'second 8\n', 'third 78\n', 'fourth 8\n']) {
      await file.append(line);
      await clock.advance(1500);
    }
    await file.close();
    assert.deepEqual((await readdir(folder)).sort(), [
      'audit-2026-01-01T00-00-03.000.log',
      'audit-2026-01-01T00-00-04.500.log',
      'audit.log',
    ]);
    assert.equal(await readFile(path, 'utf8'), 'fourth 8\n');
  });

  it('compresses what it puts aside, and removes it when it is old', async () => {
    const path = join(folder, 'audit.log');
    const clock = createFakeClock({ startMs: (await stat(folder)).mtimeMs });
    const file = createRotatingFile({ ...options, path, maxBytes: 10, maxAgeMs: day, compress: true }, clock);
    await file.append('first 67\n');
    await file.append('second 8\n');
    const [aside] = (await readdir(folder)).filter((name) => name.endsWith('.log.gz'));
    assert.equal(gunzipSync(await readFile(join(folder, aside!))).toString(), 'first 67\n');
    await clock.advance(2 * day);
    await file.append('third 78\n');
    await file.close();
    assert.ok(!(await readdir(folder)).includes(aside!));
  });

  it('counts what the disk does not take, and goes on', async () => {
    const deps = createTestDeps();
    const lines: string[] = [];
    const file = {
      append: (text: string): Promise<void> =>
        lines.push(text) === 1 ? Promise.reject(new Error('no space left on device')) : Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const backend = createLogBackend({ file, format: 'json' }, deps);
    backend.record(eventOf('lost'));
    await eventually('it was tried', () => deps.lines.length === 1);
    backend.record(eventOf('kept'));
    await backend.close();
    assert.equal(lines.length, 2);
    assert.match(await deps.metrics.metrics(), /apiserver_audit_error_total\{plugin="log"\} 1/);
  });
});

describe('audit webhook', () => {
  const received: { readonly kind: string; readonly items: readonly AuditEvent[] }[] = [];
  let refusals = 0;
  let answers = true;
  let unanswered = 0;
  let peer: HttpsPeer;
  beforeEach(async () => {
    received.splice(0);
    refusals = 0;
    answers = true;
    unanswered = 0;
    peer = await startPeer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        if (!answers) {
          unanswered++;
          return;
        }
        if (refusals-- > 0) {
          response.writeHead(503).end();
          return;
        }
        assert.equal(request.url, '/audit');
        received.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof received)[number]);
        response.writeHead(200).end();
      })();
    });
  });
  afterEach(() => peer.close());

  const start = () => {
    const clock = createFakeClock();
    /** What the backend waited after failures. */
    const waits: number[] = [];
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
      waits.push(ms);
      return clock.sleep(ms, signal);
    };
    const deps = createTestDeps({ clock: { ...clock, sleep } });
    const transport = createHttpsTransport({
      server: `${peer.url}/audit`,
      certificateAuthority: peer.authority.certificate,
    });
    const options = { bufferSize: 10, maxBatchSize: 3, maxBatchWaitMs: 30_000, initialBackoffMs: 10_000 };
    const backend = createWebhookBackend(
      { client: createClient({ transport }), close: () => transport.close(), options },
      deps,
    );
    return { backend, clock, deps, waits };
  };
  const ids = (): string[][] => received.map(({ items }) => items.map(({ auditID }) => auditID));

  it('gets full batches at once, the rest when its time has come, and what waits at the end', async () => {
    const { backend, clock } = start();
    for (const id of ['a', 'b', 'c', 'd']) backend.record(eventOf(id));
    await eventually('the full batch', () => received.length === 1);
    assert.equal(received[0]!.kind, 'EventList');
    await clock.waitForPending(1);
    await clock.advance(30_000);
    await eventually('the rest', () => received.length === 2);
    backend.record(eventOf('e'));
    await backend.close();
    assert.deepEqual(ids(), [['a', 'b', 'c'], ['d'], ['e']]);
  });

  it('gets a batch again that it could not take', async () => {
    const { backend, clock, waits } = start();
    refusals = 2;
    for (const id of ['a', 'b', 'c']) backend.record(eventOf(id));
    for (let refused = 1; refused <= 2; refused++) {
      await eventually('a wait', () => waits.length === refused);
      await clock.advance(waits.at(-1)!);
    }
    await eventually('the batch', () => received.length === 1);
    await backend.close();
    assert.deepEqual(waits, [10_000, 15_000]);
    assert.deepEqual(ids(), [['a', 'b', 'c']]);
  });

  it('is asked again where it does not answer', async () => {
    const { backend, clock, waits } = start();
    answers = false;
    for (const id of ['a', 'b', 'c']) backend.record(eventOf(id));
    await eventually('the request', () => unanswered === 1);
    await clock.advance(30_000);
    await eventually('a wait', () => waits.length === 1);
    answers = true;
    await clock.advance(waits[0]!);
    await eventually('the batch', () => received.length === 1);
    await backend.close();
  });

  it('loses what is too much, and says so', async () => {
    const { backend, deps, waits } = start();
    refusals = 1;
    for (let i = 0; i < 14; i++) backend.record(eventOf(String(i)));
    await eventually('a wait', () => waits.length === 1);
    await backend.close();
    assert.match(await deps.metrics.metrics(), /apiserver_audit_error_total\{plugin="webhook"\} 1/);
    assert.equal(deps.lines[0]!.message, 'audit events are lost');
  });
});
