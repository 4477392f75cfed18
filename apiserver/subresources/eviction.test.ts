import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { pods } from '../../api/resources/core/pod.ts';
import {
  startInProcessApiServer,
  type Answer,
  type InProcessApiServer,
} from '../../test/support/in-process-api-server.ts';

const namespace = '/api/v1/namespaces/default';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const merge = { 'content-type': 'application/merge-patch+json' };

/** What the budget's controller would have said. */
interface BudgetStatus {
  readonly observedGeneration?: number;
  readonly disruptionsAllowed?: number;
  readonly currentHealthy?: number;
  readonly desiredHealthy?: number;
  readonly expectedPods?: number;
  readonly conditions?: readonly object[];
}

const enough: BudgetStatus = {
  observedGeneration: 1,
  disruptionsAllowed: 1,
  currentHealthy: 2,
  desiredHealthy: 1,
  expectedPods: 2,
};

describe('eviction', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer({ config: { admission: { disable: ['ServiceAccount'] } } });
  });
  after(() => api.stop());

  const createPod = async (
    name: string,
    { phase = 'Running', isReady = true }: { phase?: string; isReady?: boolean } = {},
  ): Promise<void> => {
    await api.client.create(pods, {
      metadata: { namespace: 'default', name, labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx' }], nodeName: 'node1' },
    });
    const status = { phase, conditions: isReady ? [{ type: 'Ready', status: 'True' }] : [] };
    await api.send('PATCH', `${namespace}/pods/${name}/status`, { status }, merge);
  };
  const createBudget = async (name: string, status: BudgetStatus, spec: object = {}): Promise<void> => {
    const selector = { matchLabels: { app: name } };
    await api.send('POST', budgets, { metadata: { name }, spec: { maxUnavailable: 1, selector, ...spec } });
    await api.send('PATCH', `${budgets}/${name}/status`, { status }, merge);
  };
  const evict = (name: string, body: object = {}, query = ''): Promise<Answer> =>
    api.send('POST', `${namespace}/pods/${name}/eviction${query}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
      ...body,
    });
  const podOf = async (name: string): Promise<Answer['body']> =>
    (await api.send('GET', `${namespace}/pods/${name}`)).body;
  const budgetOf = async (name: string): Promise<Answer['body']> => (await api.send('GET', `${budgets}/${name}`)).body;

  it('spends the disruption budget, says why on the pod and deletes it', async () => {
    await createPod('spent');
    await createBudget('spent', enough);
    assert.equal((await evict('spent')).status, 201);
    const { status } = await budgetOf('spent');
    assert.equal(status.disruptionsAllowed, 0);
    assert.ok(status.disruptedPods.spent);
    const pod = await podOf('spent');
    assert.ok(pod.metadata.deletionTimestamp);
    assert.ok(pod.status.conditions.some(({ reason }: { reason?: string }) => reason === 'EvictionByEvictionAPI'));
    assert.ok(!pod.metadata.managedFields.some(({ manager }: { manager: string }) => manager === 'kube-apiserver'));
  });

  const refusals: readonly (readonly [name: string, status: BudgetStatus, code: number, why: string])[] = [
    ['not-observed', { ...enough, observedGeneration: 0 }, 429, 'is still being processed by the server.'],
    [
      'too-few',
      { ...enough, disruptionsAllowed: 0, currentHealthy: 1 },
      429,
      'needs 1 healthy pods and has 1 currently',
    ],
    ['none-left', { ...enough, disruptionsAllowed: 0 }, 429, 'does not allow evicting pods currently'],
    [
      'sync-failed',
      {
        ...enough,
        disruptionsAllowed: 0,
        currentHealthy: 0,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status: 'False',
            reason: 'SyncFailed',
            message: 'no scale',
            lastTransitionTime: '2024-01-01T00:00:00Z',
          },
        ],
      },
      429,
      'does not allow evicting pods currently because it failed sync: no scale',
    ],
  ];
  for (const [name, status, code, why] of refusals)
    it(`is refused where the budget ${why}`, async () => {
      await createPod(name);
      await createBudget(name, status);
      const answer = await evict(name);
      assert.equal(answer.status, code);
      assert.equal(answer.body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
      assert.deepEqual(answer.body.details.causes, [
        { reason: 'DisruptionBudget', message: `The disruption budget ${name} ${why}` },
      ]);
      assert.equal(answer.headers['retry-after'], name === 'not-observed' ? '10' : undefined);
      assert.equal((await podOf(name)).metadata.deletionTimestamp, undefined);
    });

  const unready: readonly (readonly [name: string, status: BudgetStatus, spec: object, code: number])[] = [
    ['healthy-enough', { ...enough, disruptionsAllowed: 0 }, {}, 201],
    ['nothing-desired', { ...enough, disruptionsAllowed: 0, desiredHealthy: 0 }, {}, 429],
    ['unhealthy', { ...enough, disruptionsAllowed: 0, currentHealthy: 0 }, {}, 429],
    [
      'unhealthy-allowed',
      { ...enough, disruptionsAllowed: 0, currentHealthy: 0 },
      { unhealthyPodEvictionPolicy: 'AlwaysAllow' },
      201,
    ],
  ];
  for (const [name, status, spec, code] of unready)
    it(`of a pod that is not ready answers ${code} where the budget is ${name}`, async () => {
      await createPod(name, { isReady: false });
      await createBudget(name, status, spec);
      assert.equal((await evict(name)).status, code);
      assert.equal((await budgetOf(name)).status.disruptedPods, undefined);
    });

  it('keeps to preconditions, after the budget was spent', async () => {
    await createPod('conditional');
    await createBudget('conditional', enough);
    const uid = '11111111-2222-3333-4444-555555555555';
    const answer = await evict('conditional', { deleteOptions: { preconditions: { uid } } });
    assert.equal(answer.status, 409);
    assert.match(
      answer.body.message,
      /^Operation cannot be fulfilled on Pod "conditional": the UID in the precondition/,
    );
    assert.equal((await budgetOf('conditional')).status.disruptionsAllowed, 0);
    const pod = await podOf('conditional');
    assert.equal(pod.status.conditions.length, 1);
    assert.equal((await evict('conditional')).status, 429);
  });

  it('of a pending pod asks no budget, and keeps to a version that is given', async () => {
    await createPod('pending', { phase: 'Pending' });
    await createBudget('pending', { ...enough, disruptionsAllowed: 0 });
    const old = await evict('pending', { deleteOptions: { preconditions: { resourceVersion: '1' } } });
    assert.equal(old.status, 409);
    assert.match(old.body.message, /the ResourceVersion in the precondition \(1\) does not match/);
    const { metadata } = await podOf('pending');
    const { resourceVersion } = metadata;
    assert.equal((await evict('pending', { deleteOptions: { preconditions: { resourceVersion } } })).status, 201);
  });

  it('tries and changes nothing in a dry run', async () => {
    await createPod('tried');
    await createBudget('tried', enough);
    const before = [await podOf('tried'), await budgetOf('tried')];
    assert.equal((await evict('tried', {}, '?dryRun=All')).status, 201);
    assert.equal((await evict('tried', { deleteOptions: { dryRun: ['All'] } })).status, 201);
    assert.deepEqual([await podOf('tried'), await budgetOf('tried')], before);
    const differs = await evict('tried', { deleteOptions: { dryRun: ['Some'] } }, '?dryRun=All');
    assert.equal(differs.body.message, 'Non-matching dry-run options in request and content: [All] and [Some]');
  });

  it('is refused where two budgets count on the pod', async () => {
    await createPod('shared');
    await createBudget('shared', enough);
    await api.send('POST', budgets, {
      metadata: { name: 'shared-too' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'shared' } } },
    });
    const { status, body } = await evict('shared');
    assert.equal(status, 500);
    assert.match(body.message, /more than one PodDisruptionBudget/);
  });
});
