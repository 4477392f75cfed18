import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import type { KubeObject } from '../api/meta/object.ts';
import type { Event } from '../api/schema/generated/core-v1.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { createSmallApi, type SmallApi } from '../test/support/small-api.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { createEventRecorder, type EventRecorder } from './event-recorder.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import { createClient } from './rest-client.ts';
import { TransportError } from './transport.ts';

const pod: KubeObject = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: { name: 'web', namespace: 'ns', uid: 'u', resourceVersion: '7' },
};

describe('event recorder', () => {
  let api: SmallApi;
  let clock: FakeClock;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;
  let recorder: EventRecorder;

  beforeEach(() => {
    api = createSmallApi();
    clock = createFakeClock();
    deps = createTestDeps({ clock });
    const client = createClient({ transport: createInProcessTransport(api.handle), deps });
    recorder = createEventRecorder({ component: 'default-scheduler', host: 'n1' }, client, deps);
  });

  const made = (): Event[] => api.all('/api/v1/events') as Event[];
  const record = (message: string, about = pod): void =>
    recorder.event(about, { type: 'Warning', reason: 'FailedScheduling', message });

  it('writes what happened to what', async () => {
    recorder.event(pod, {
      type: 'Normal',
      reason: 'Pulled',
      message: 'Image is there',
      fieldPath: 'spec.containers{web}',
      annotations: { a: 'b' },
    });
    await recorder.flush();
    const [event] = made();
    assert.match(event!.metadata.name!, /^web\.[0-9a-f]{16}$/);
    assert.deepEqual(
      { ...event, metadata: { ...event!.metadata, name: '', uid: '', resourceVersion: '' } },
      {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: { name: '', uid: '', resourceVersion: '', namespace: 'ns', annotations: { a: 'b' } },
        involvedObject: {
          kind: 'Pod',
          namespace: 'ns',
          name: 'web',
          uid: 'u',
          apiVersion: 'v1',
          resourceVersion: '7',
          fieldPath: 'spec.containers{web}',
        },
        reason: 'Pulled',
        message: 'Image is there',
        source: { component: 'default-scheduler', host: 'n1' },
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        count: 1,
        type: 'Normal',
        reportingComponent: 'default-scheduler',
        reportingInstance: 'n1',
      },
    );
  });

  it('counts the same event up for ten minutes after its last', async () => {
    for (let i = 0; i < 3; i++) {
      record('no room');
      await recorder.flush();
      await clock.advance(9 * 60_000);
    }
    const events = made();
    assert.equal(events.length, 1);
    assert.equal(events[0]?.count, 3);
    assert.equal(events[0]?.firstTimestamp, '2026-01-01T00:00:00Z');
    assert.equal(events[0]?.lastTimestamp, '2026-01-01T00:18:00Z');
    await clock.advance(60_000);
    record('no room');
    await recorder.flush();
    assert.equal(made().length, 2);
  });

  it('makes a new one where the message, the object or the server differs', async () => {
    record('no room');
    record('no cpu');
    record('no room', { ...pod, metadata: { ...pod.metadata, name: 'other', uid: 'v' } });
    await recorder.flush();
    assert.equal(made().length, 3);
    for (const event of made()) api.remove('/api/v1/events', event.metadata.name!, 'ns');
    record('no room');
    await recorder.flush();
    assert.equal(made().length, 1);
    assert.equal(made()[0]?.count, 1);
  });

  it('puts events of cluster-scoped objects into the default namespace', async () => {
    record('x', { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n1', uid: 'n1' } });
    await recorder.flush();
    assert.equal(made()[0]?.metadata.namespace, 'default');
  });

  it('stops one object from flooding: 25 at once, then one in five minutes', async () => {
    for (let i = 0; i < 40; i++) record(`message ${i}`);
    await recorder.flush();
    assert.equal(made().length, 25);
    await clock.advance(5 * 60_000);
    record('later');
    record('too many');
    await recorder.flush();
    assert.equal(made().length, 26);
  });

  it('waits for a server that is away', async () => {
    api.failure = new TransportError('POST', 'x', new Error('connection refused'));
    record('no room');
    await until(async () => (await clock.advanceToNext(), api.requests.length > 3));
    api.failure = undefined;
    await until(async () => (await clock.advanceToNext(), made().length === 1));
    await recorder.flush();
  });

  it('drops what the server refuses, and says so', async () => {
    api.failure = new ApiError('Forbidden', 'namespace is being terminated');
    record('no room');
    await recorder.flush();
    assert.equal(api.requests.length, 1);
    assert.match(String(deps.lines.at(-1)?.fields.error), /being terminated/);
  });

  it('keeps no more than it can hold', async () => {
    api.failure = new TransportError('POST', 'x', new Error('connection refused'));
    for (let i = 0; i < 1100; i++) record('x', { ...pod, metadata: { ...pod.metadata, name: `p${i}` } });
    await until(() => api.requests.length > 0);
    api.failure = undefined;
    await until(async () => (await clock.advanceToNext(), deps.lines.length > 0));
    await recorder.flush();
    assert.equal(made().length, 1000);
    assert.deepEqual(deps.lines.at(-1)?.fields, { dropped: 100 });
  });
});
