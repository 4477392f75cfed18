import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { flowSchemas } from '../../api/resources/flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from '../../api/resources/flowcontrol/priority-level-configuration.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/schema/generated/flowcontrol-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { requestInfoOf, type RequestInfo } from '../stages/request-info.ts';
import { defaultLevels, defaultSchemas } from './default-objects.ts';
import { FlowRequest } from './fair-queue-set.ts';
import { FlowController } from './flow-controller.ts';

const infoOf = (method: string, path: string): RequestInfo =>
  requestInfoOf({ method, path, query: new URLSearchParams() });
const jane = { name: 'jane', groups: ['system:authenticated'] };
const getPod = infoOf('GET', '/api/v1/namespaces/x/pods/p');

function schemaOf(name: string, level: string, matchingPrecedence: number): FlowSchema {
  return {
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'jane' } }],
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
        },
      ],
    },
  };
}

function levelOf(name: string, nominalConcurrencyShares: number, lendablePercent = 0): PriorityLevelConfiguration {
  const limitResponse = { type: 'Queue', queuing: { queues: 8, handSize: 2, queueLengthLimit: 5 } };
  return {
    metadata: { name },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares, limitResponse, lendablePercent } },
  };
}

describe('flow controller', () => {
  const clock = createFakeClock();
  let reader: FakeCacheReader;
  let controller: FlowController;

  beforeEach(() => {
    reader = new FakeCacheReader();
    controller = new FlowController(createTestDeps({ clock }), { reader, serverSeats: 600 });
  });

  async function running(test: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const run = controller.run(stop.signal);
    try {
      await test();
    } finally {
      stop.abort(new Error('the test is over'));
      await run;
    }
  }
  const settled = (): Promise<void> => clock.advance(0);
  const classified = (user: typeof jane, info: RequestInfo): string => {
    const { name, level } = controller.classify(user, info);
    return `${name} ${level.name}`;
  };

  it('has what is mandatory before it knows anything', () => {
    assert.equal(classified(jane, getPod), 'catch-all catch-all');
    assert.equal(classified({ name: 'root', groups: ['system:masters'] }, getPod), 'exempt exempt');
    assert.equal(classified({ name: 'nobody', groups: [] }, getPod), 'catch-all catch-all');
  });

  const masters = ['system:masters', 'system:authenticated'];
  const defaults: [string, string, string[], RequestInfo, string][] = [
    ['an administrator', 'admin', masters, getPod, 'exempt exempt'],
    ['a probe', 'system:anonymous', ['system:unauthenticated'], infoOf('GET', '/readyz'), 'probes exempt'],
    [
      'a stranger',
      'system:anonymous',
      ['system:unauthenticated'],
      infoOf('GET', '/version'),
      'global-default global-default',
    ],
    [
      'a node about itself',
      'system:node:n',
      ['system:nodes', 'system:authenticated'],
      infoOf('PATCH', '/api/v1/nodes/n/status'),
      'system-node-high node-high',
    ],
    ['a node about pods', 'system:node:n', ['system:nodes', 'system:authenticated'], getPod, 'system-nodes system'],
    [
      'an election',
      'system:kube-scheduler',
      ['system:authenticated'],
      infoOf('PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler'),
      'system-leader-election leader-election',
    ],
    ['the scheduler', 'system:kube-scheduler', ['system:authenticated'], getPod, 'kube-scheduler workload-high'],
    [
      'a system service account',
      'system:serviceaccount:kube-system:a',
      ['system:serviceaccounts', 'system:authenticated'],
      getPod,
      'kube-system-service-accounts workload-high',
    ],
    [
      'a service account',
      'system:serviceaccount:x:a',
      ['system:serviceaccounts', 'system:authenticated'],
      getPod,
      'service-accounts workload-low',
    ],
    ['a user', 'jane', ['system:authenticated'], getPod, 'global-default global-default'],
  ];
  for (const [what, name, groups, info, expected] of defaults)
    it(`out of the box ${what} is of ${expected}`, () => {
      controller.digest(defaultLevels, defaultSchemas);
      assert.equal(classified({ name, groups }, info), expected);
      assert.equal(classified({ name, groups: [...groups] }, info), expected);
    });

  it('asks by precedence, then by name', () => {
    controller.digest(
      [levelOf('a', 1), levelOf('b', 1), levelOf('c', 1)],
      [schemaOf('z', 'a', 50), schemaOf('y', 'b', 50), schemaOf('x', 'c', 100)],
    );
    assert.equal(classified(jane, getPod), 'y b');
  });

  it('does not use a schema whose level is not there or contradicts itself', () => {
    const broken = { ...levelOf('b', 1), spec: { type: 'Limited' } };
    controller.digest(
      [levelOf('a', 1), broken],
      [schemaOf('one', 'none', 10), schemaOf('two', 'b', 20), schemaOf('three', 'a', 30)],
    );
    assert.equal(classified(jane, getPod), 'three a');
  });

  it('tells users apart by their groups also where their names are the same', () => {
    controller.digest(defaultLevels, defaultSchemas);
    assert.equal(classified({ name: 'joe', groups: masters }, getPod), 'exempt exempt');
    assert.equal(
      classified({ name: 'joe', groups: ['system:authenticated'] }, getPod),
      'global-default global-default',
    );
  });

  it('follows its objects', () =>
    running(async () => {
      reader.put(priorityLevelConfigurations, levelOf('mine', 10));
      reader.put(flowSchemas, schemaOf('mine', 'mine', 10));
      await settled();
      assert.equal(classified(jane, getPod), 'mine mine');
      assert.equal(controller.classify(jane, getPod).uid, 'uid-flowschemas-mine');
      reader.delete(flowSchemas, { name: 'mine' });
      await settled();
      assert.equal(classified(jane, getPod), 'catch-all catch-all');
    }));

  it('keeps a level whose object is gone until its requests have ended', () =>
    running(async () => {
      reader.put(priorityLevelConfigurations, levelOf('mine', 10));
      reader.put(flowSchemas, schemaOf('mine', 'mine', 10));
      await settled();
      const schema = controller.classify(jane, getPod);
      const request = new FlowRequest(schema.statistics, { initialSeats: 1, finalSeats: 0, additionalMs: 0 }, false);
      schema.level.set.start(request, controller.handOf(schema, jane, getPod));
      reader.delete(priorityLevelConfigurations, { name: 'mine' });
      await settled();
      assert.ok([...controller.levels].some(({ name, isQuiescing }) => name === 'mine' && isQuiescing));
      assert.equal(classified(jane, getPod), 'catch-all catch-all');
      schema.level.set.finish(request);
      await clock.advance(10_000);
      assert.ok(![...controller.levels].some(({ name }) => name === 'mine'));
    }));

  it('moves seats to the level that needs them, and no more than others lend', () =>
    running(async () => {
      reader.put(priorityLevelConfigurations, levelOf('busy', 50));
      reader.put(priorityLevelConfigurations, levelOf('idle', 50, 40));
      reader.put(flowSchemas, schemaOf('busy', 'busy', 10));
      await settled();
      const schema = controller.classify(jane, getPod);
      const limits = (): number[] =>
        ['busy', 'idle'].map((name) => [...controller.levels].find((level) => level.name === name)!.currentLimit);
      const nominal = schema.level.limits.nominal;
      for (let i = 0; i < 1000; i++) {
        const request = new FlowRequest(schema.statistics, { initialSeats: 1, finalSeats: 0, additionalMs: 0 }, false);
        schema.level.set.start(request, [i % 8]);
      }
      await clock.advance(10_000);
      const [busy, idle] = limits() as [number, number];
      const lent = nominal - idle;
      assert.ok(busy > nominal, `${busy} of ${nominal}`);
      assert.ok(lent > 0 && lent <= Math.round(nominal * 0.4), String(lent));
      const total = [...controller.levels].reduce((sum, level) => sum + level.currentLimit, 0);
      assert.ok(Math.abs(total - 600) < 5, String(total));
      assert.ok(schema.level.set.executing > nominal);
    }));
});
