import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { User } from '../authenticators/authenticator.ts';
import { createUser } from '../authenticators/authenticator.ts';
import { FlowController } from '../flow-control/flow-controller.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { textResponse } from '../server/responses.ts';
import { createPriorityAndFairness, type FlowControl, type Pass } from './flow-control.ts';
import { createMaxInFlight } from './max-in-flight.ts';
import { requestInfoOf } from './request-info.ts';

const jane = createUser({ name: 'jane', groups: ['system:authenticated'] });
const admin = createUser({ name: 'admin', groups: ['system:masters', 'system:authenticated'] });

function ask(
  control: FlowControl,
  user: User,
  url: string,
  { method = 'GET', signal = new AbortController().signal, timeoutMs = 60_000 } = {},
): Pass | Promise<Pass> {
  const [path = '', text = ''] = url.split('?');
  const query = new URLSearchParams(text);
  const request = { method, path, query, signal, headers: {} } as unknown as ApiRequest;
  return control.enter(request, requestInfoOf(request), user, timeoutMs);
}

function statusOf(pass: Pass | Promise<Pass>): number | 'waits' {
  return pass instanceof Promise ? 'waits' : (pass.rejection?.status ?? 200);
}

function assertTurnedAway({ rejection }: Pass): ApiResponse {
  assert.ok(rejection);
  assert.equal(rejection.status, 429);
  assert.equal(rejection.headers['retry-after'], '1');
  assert.equal(
    rejection.body.kind === 'bytes' && String(rejection.body.chunks[0]),
    'Too many requests, please try again later.\n',
  );
  return rejection;
}

describe('priority and fairness', () => {
  let clock: FakeClock;
  let controller: FlowController;
  let control: FlowControl;

  beforeEach(() => {
    clock = createFakeClock();
    const deps = createTestDeps({ clock });
    controller = new FlowController(deps, { reader: new FakeCacheReader(), serverSeats: 3 });
    const queuing = { queues: 2, handSize: 1, queueLengthLimit: 2 };
    controller.digest(
      [
        {
          metadata: { name: 'all', uid: 'level-uid' },
          spec: {
            type: 'Limited',
            limited: { nominalConcurrencyShares: 1000, limitResponse: { type: 'Queue', queuing } },
          },
        },
      ],
      [
        {
          metadata: { name: 'all', uid: 'schema-uid' },
          spec: {
            priorityLevelConfiguration: { name: 'all' },
            matchingPrecedence: 5000,
            rules: [
              {
                subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
                resourceRules: [
                  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
                ],
              },
            ],
          },
        },
      ],
    );
    control = createPriorityAndFairness(deps, { controller, countObjects: () => 0, requestTimeoutMs: 60_000 });
  });

  const pods = '/api/v1/namespaces/x/pods';
  /** As many as there are seats. */
  const fill = (): Pass[] => [1, 2, 3].map(() => ask(control, jane, pods) as Pass);

  it('serves at once where there are seats, and says which schema and level it was', () => {
    const response = (ask(control, jane, pods) as Pass).leave(textResponse(404, ''));
    assert.equal(response.headers['x-kubernetes-pf-flowschema-uid'], 'schema-uid');
    assert.equal(response.headers['x-kubernetes-pf-prioritylevel-uid'], 'level-uid');
  });

  it('serves who waits when another is done', async () => {
    const all = fill();
    const waiting = ask(control, jane, pods);
    assert.equal(statusOf(waiting), 'waits');
    all[0]!.leave(textResponse(200, ''));
    assert.equal((await waiting).rejection, undefined);
  });

  it('turns away what no queue has a place for, with the reason to come back', () => {
    fill();
    const rest = [1, 2, 3].map(() => ask(control, jane, pods));
    assert.deepEqual(rest.map(statusOf), ['waits', 'waits', 429]);
    assert.equal(assertTurnedAway(rest[2] as Pass).headers['x-kubernetes-pf-flowschema-uid'], 'schema-uid');
  });

  it('never holds up members of system:masters', () => {
    fill();
    assert.deepEqual(
      [1, 2, 3, 4].map(() => statusOf(ask(control, admin, pods))),
      [200, 200, 200, 200],
    );
  });

  it('turns away who waited for a quarter of its time', async () => {
    fill();
    const usual = ask(control, jane, pods) as Promise<Pass>;
    const hurried = ask(control, jane, pods, { timeoutMs: 8000 }) as Promise<Pass>;
    let isDone = false;
    void hurried.then(() => (isDone = true));
    await clock.advance(1999);
    assert.ok(!isDone);
    await clock.advance(1);
    assertTurnedAway(await hurried);
    await clock.advance(13_000);
    assertTurnedAway(await usual);
  });

  it('lets go of a client that went away while it waited', async () => {
    fill();
    const client = new AbortController();
    const waiting = ask(control, jane, pods, { signal: client.signal }) as Promise<Pass>;
    client.abort(new Error('gone'));
    await waiting;
    assert.equal(
      controller.classify(jane, requestInfoOf({ method: 'GET', path: pods, query: new URLSearchParams() })).statistics
        .rejected.cancelled,
      1,
    );
  });

  for (const url of [`${pods}/p/log`, `${pods}/p/exec`, `${pods}/p/proxy/x`, '/debug/pprof/heap'])
    it(`does not count ${url}`, () => {
      fill();
      assert.equal(statusOf(ask(control, jane, url)), 200);
    });

  const streams: [
    string,
    (end: PromiseWithResolvers<void>, client: AbortController, stream: () => Promise<void>) => Promise<void>,
  ][] = [
    ['has its state', async (initialized) => initialized.resolve()],
    ['is gone before it was answered', async (_initialized, client) => client.abort(new Error('gone'))],
    ['has ended', (_initialized, _client, stream) => stream()],
  ];
  for (const [when, happen] of streams)
    it(`a watch gives its seat back when its client ${when}`, async () => {
      const client = new AbortController();
      const initialized = Promise.withResolvers<void>();
      const watch = ask(control, jane, `${pods}?watch=1`, { signal: client.signal }) as Pass;
      const { body } = watch.leave({
        status: 200,
        headers: {},
        body: { kind: 'stream', initialized: initialized.promise, write: () => Promise.resolve() },
      });
      void ask(control, jane, pods);
      void ask(control, jane, pods);
      const waiting = ask(control, jane, pods);
      assert.equal(statusOf(waiting), 'waits');
      assert.ok(body.kind === 'stream');
      const sink = { write: () => true, drained: () => Promise.resolve(), bufferedBytes: 0 };
      await happen(initialized, client, () => body.write(sink, client.signal));
      assert.equal((await waiting).rejection, undefined);
    });
});

describe('max in flight', () => {
  const pods = '/api/v1/namespaces/x/pods';

  it('bounds reads and writes apart, and frees places', () => {
    const control = createMaxInFlight({ readOnly: 2, mutating: 1 });
    const reads = [1, 2, 3].map(() => ask(control, jane, pods));
    const writes = [1, 2].map(() => ask(control, jane, pods, { method: 'POST' }));
    assert.deepEqual(reads.map(statusOf), [200, 200, 429]);
    assert.deepEqual(writes.map(statusOf), [200, 429]);
    assertTurnedAway(reads[2] as Pass);
    (reads[0] as Pass).leave(textResponse(200, ''));
    assert.equal(statusOf(ask(control, jane, pods)), 200);
    assert.equal(statusOf(ask(control, jane, pods)), 429);
  });

  const free: [string, User, string][] = [
    ['members of system:masters', admin, pods],
    ['watches', jane, `${pods}?watch=1`],
    ['logs', jane, `${pods}/p/log`],
  ];
  for (const [what, user, url] of free)
    it(`lets ${what} in`, () => {
      const control = createMaxInFlight({ readOnly: 1, mutating: 1 });
      void ask(control, jane, pods);
      assert.equal(statusOf(ask(control, user, url)), 200);
    });

  it('knows no bound where it is 0', () => {
    const control = createMaxInFlight({ readOnly: 0, mutating: 0 });
    for (let i = 0; i < 1000; i++) assert.equal(statusOf(ask(control, jane, pods)), 200);
  });
});
