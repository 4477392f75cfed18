import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { cloneJson } from '../meta/clone-json.ts';
import type { AnyObject } from '../meta/object.ts';
import type { ManagedFieldsEntry } from '../schema/generated/meta-v1.ts';
import { loadSchemaTable } from '../schema/schema-table.ts';
import { createFieldManager, type UpdateInput } from './managed-fields.ts';

const fields = createFieldManager(loadSchemaTable());
const configMap = 'io.k8s.api.core.v1.ConfigMap';
const startMs = Date.UTC(2026, 0, 1);

/** What is told of an entry: `manager operation subresource time: fields`. */
const summary = (object: AnyObject): string[] =>
  (object.metadata.managedFields ?? []).map((entry) =>
    [
      `${entry.manager} ${entry.operation}${entry.subresource ? ` ${entry.subresource}` : ''}`,
      entry.time ? `@${(Date.parse(entry.time) - startMs) / 1000}` : '@never',
      JSON.stringify(entry.fieldsV1),
    ].join(' '),
  );

/** One object and its life: each write goes on from the one before, `seconds` after the start. */
class Life {
  live: AnyObject | undefined;
  readonly #input: Pick<UpdateInput, 'typeName' | 'apiVersion'>;

  constructor(typeName = configMap, apiVersion = 'v1') {
    this.#input = { typeName, apiVersion };
  }

  update(manager: string, next: object, seconds = 0, more: Partial<UpdateInput> = {}): string[] {
    const frozen = JSON.stringify(this.live);
    const metadata = { name: 'a', uid: this.live ? 'u' : undefined };
    const result = fields.update({
      ...this.#input,
      live: this.live,
      next: { ...next, metadata: { ...metadata, ...(next as Partial<AnyObject>).metadata } },
      manager,
      subresource: '',
      nowMs: startMs + seconds * 1000,
      ...more,
    });
    assert.equal(JSON.stringify(this.live), frozen, 'the live object is as it was');
    this.live = { ...result, metadata: { ...result.metadata, uid: 'u' } };
    return summary(result);
  }
}

describe('managed fields of an update', () => {
  it('give what a create sets to its manager, but for what is the server’s', () => {
    const life = new Life();
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'n', generation: 1, labels: { l: '1' } }, data: { b: '1', a: '2' } }; // prettier-ignore
    assert.deepEqual(life.update('m', object), [
      'm Update @0 {"f:data":{".":{},"f:a":{},"f:b":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}',
    ]);
    assert.deepEqual(Object.keys(life.live!.metadata.managedFields![0]!), ['manager', 'operation', 'apiVersion', 'time', 'fieldsType', 'fieldsV1']); // prettier-ignore
  });

  it('are none where nothing is anybody’s', () => assert.deepEqual(new Life().update('m', {}), []));

  it('move with what a manager changes, and end with what goes', () => {
    const life = new Life();
    life.update('one', { data: { a: '1', b: '1', c: '1' } });
    assert.deepEqual(life.update('two', { data: { a: '2', b: '1' } }, 5), [
      'one Update @0 {"f:data":{".":{},"f:b":{}}}',
      'two Update @5 {"f:data":{"f:a":{}}}',
    ]);
    assert.deepEqual(life.update('two', {}, 9), []);
  });

  it('stay the very same where nothing changes', () => {
    const life = new Life();
    life.update('one', { data: { a: '1' } });
    const before = life.live!.metadata.managedFields;
    life.update('two', { data: { a: '1' } }, 60);
    assert.equal(life.live!.metadata.managedFields, before);
  });

  it('keep their time when a manager only takes away', () => {
    const life = new Life();
    life.update('one', { data: { a: '1', b: '1' } });
    assert.deepEqual(life.update('one', { data: { a: '1' } }, 60), ['one Update @0 {"f:data":{".":{},"f:a":{}}}']);
  });

  it('count what stays and what is new of the same manager', () => {
    const life = new Life();
    life.update('one', { data: { a: '1', b: '1' } });
    assert.deepEqual(life.update('one', { data: { a: '2', c: '1' } }, 60), [
      'one Update @60 {"f:data":{".":{},"f:a":{},"f:c":{}}}',
    ]);
  });

  it('are kept apart by subresource, and without what the endpoint undoes', () => {
    const life = new Life('io.k8s.api.apps.v1.Deployment', 'apps/v1');
    life.update('one', { spec: { replicas: 1 }, status: { replicas: 1 } }, 0, { resetFields: [['status']] });
    const written = life.update('one', { spec: { replicas: 2 }, status: { replicas: 2 } }, 1, {
      subresource: 'status',
      resetFields: [['spec'], ['metadata', 'labels']],
    });
    assert.deepEqual(written, [
      'one Update @0 {"f:spec":{"f:replicas":{}}}',
      'one Update status @1 {"f:status":{"f:replicas":{}}}',
    ]);
  });

  it('name a manager that says nothing of itself', () => {
    assert.deepEqual(new Life().update('', { data: { a: '1' } }), ['unknown Update @0 {"f:data":{".":{},"f:a":{}}}']);
  });

  it('never start on an object that had none', () => {
    const life = new Life();
    life.live = { metadata: { name: 'a', uid: 'u' }, data: { a: '1' } };
    assert.deepEqual(life.update('m', { data: { a: '2' } }), []);
  });

  describe('that the client sends', () => {
    const entry = (more: object = {}): ManagedFieldsEntry => ({
      manager: 'x',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {} } },
      ...more,
    });
    const sent = (managedFields: unknown, subresource = ''): string[] => {
      const life = new Life();
      life.update('one', { data: { a: '1' } });
      return life.update('two', { metadata: { managedFields }, data: { a: '1' } }, 1, { subresource });
    };
    const stored = ['one Update @0 {"f:data":{".":{},"f:a":{}}}'];
    const cases: readonly [name: string, sent: unknown, expected: string[]][] = [
      ['replace the live ones', [entry()], ['x Update @0 {"f:data":{"f:a":{}}}']],
      ['are forgotten by an empty list', [], []],
      ['are forgotten by an empty entry', [{}], []],
      ['may be absent', undefined, stored],
      ['may be null', null, stored],
      ['are ignored with an unknown operation', [entry({ operation: 'Other' })], stored],
      ['are ignored without an apiVersion', [entry({ apiVersion: '' })], stored],
      ['are ignored without a type', [entry({ fieldsType: undefined })], stored],
      ['are ignored with another type', [entry({ fieldsType: 'FieldsV2' })], stored],
      ['are ignored with malformed fields', [entry({ fieldsV1: { bogus: {} } })], stored],
      ['are dropped with an unknown version', [entry({ apiVersion: 'v9' }), entry()], ['x Update @0 {"f:data":{"f:a":{}}}']], // prettier-ignore
    ];
    for (const [name, managedFields, expected] of cases)
      it(name, () => assert.deepEqual(sent(managedFields), expected));
    it('count for nothing on a subresource', () => assert.deepEqual(sent([entry()], 'status'), stored));
  });

  it('join the oldest of more than ten updates', () => {
    const life = new Life();
    const data: Record<string, string> = {};
    let written: string[] = [];
    for (let i = 0; i < 13; i++) {
      data[`k${i}`] = '1';
      written = life.update(`m${String(i).padStart(2, '0')}`, { data: { ...data } }, i);
    }
    assert.equal(written.length, 10);
    assert.equal(written[0], 'ancient-changes Update @3 {"f:data":{".":{},"f:k0":{},"f:k1":{},"f:k2":{},"f:k3":{}}}');
    assert.ok(written[1]!.startsWith('m04 Update @4'));
  });

  it('stand in the order of operation, time and manager', () => {
    const life = new Life();
    life.update('z', { data: { a: '1' } }, 5);
    life.update('y', { data: { a: '1', b: '1' } }, 5);
    life.update('x', { data: { a: '1', b: '1', c: '1' } }, 9);
    const order = life.update('w', { data: { a: '1', b: '1', c: '1', d: '1' } }, 1).map((line) => line.split(' ')[0]);
    assert.deepEqual(order, ['w', 'y', 'z', 'x']);
  });

  it('stay as they were where items of a list cannot be told apart', () => {
    const life = new Life('io.k8s.api.core.v1.ServiceAccount');
    const before = life.update('one', { secrets: [{ name: 'a' }] });
    assert.deepEqual(life.update('two', { secrets: [{ namespace: 'b' }] }), before);
  });

  it('tell apart entries of versions that the kind is served in', () => {
    const life = new Life('io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', 'autoscaling/v2');
    life.update('one', { spec: { maxReplicas: 1, minReplicas: 1 } });
    const next = { spec: { maxReplicas: 2, minReplicas: 1 } };
    const typeName = 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler';
    life.update('one', next, 1, { typeName, apiVersion: 'autoscaling/v1' });
    assert.deepEqual(
      life.live!.metadata.managedFields!.map((entry) => [entry.apiVersion, JSON.stringify(entry.fieldsV1)]),
      [
        ['autoscaling/v2', '{"f:spec":{"f:minReplicas":{}}}'],
        ['autoscaling/v1', '{"f:spec":{"f:maxReplicas":{}}}'],
      ],
    );
  });

  it('compare each entry in its own version where versions differ', () => {
    const typeName = 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler';
    const life = new Life(typeName, 'autoscaling/v2');
    // In v1 the same metric is a field of another name.
    const inVersion: UpdateInput['inVersion'] = (object, apiVersion) => {
      if (apiVersion !== 'autoscaling/v1') return undefined;
      const { metrics, ...spec } = object['spec'] as { metrics?: { percent: number }[] };
      const target = metrics?.[0]?.percent;
      const converted = { ...object, spec: { ...spec, ...(target ? { targetCPUUtilizationPercentage: target } : {}) } };
      return { typeName: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler', object: converted };
    };
    const entry = (apiVersion: string, name: string): ManagedFieldsEntry => ({
      manager: apiVersion,
      operation: 'Update',
      apiVersion,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': { 'f:maxReplicas': {}, [name]: {} } },
    });
    const managedFields = [entry('autoscaling/v1', 'f:targetCPUUtilizationPercentage'), entry('autoscaling/v9', 'f:x')];
    life.live = {
      metadata: { name: 'a', uid: 'u', managedFields },
      spec: { maxReplicas: 1, metrics: [{ percent: 50 }] },
    };
    const next = { spec: { maxReplicas: 1, metrics: [{ percent: 60 }] } };
    assert.deepEqual(life.update('m', next, 0, { inVersion }), [
      'autoscaling/v1 Update @never {"f:spec":{"f:maxReplicas":{}}}',
      'm Update @0 {"f:spec":{"f:metrics":{}}}',
    ]);
  });

  it('do not mix up objects in memory', () => {
    const life = new Life();
    life.update('one', { data: { a: '1' } });
    const copy = cloneJson(life.live!);
    life.update('two', { data: { a: '2', b: '1' } }, 1);
    assert.deepEqual(copy.metadata.managedFields!.length, 1);
  });
});
