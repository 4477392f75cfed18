import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { ApiError } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { loadSchemaTable, type SchemaTable } from '../schema/schema-table.ts';
import { createFieldManager, type ApplyInput, type FieldManager } from './managed-fields.ts';

const table = loadSchemaTable();
const fields = createFieldManager(table);
const startMs = Date.UTC(2026, 0, 1);

type Kind = { readonly typeName: string; readonly apiVersion: string; readonly kind: string };
const configMaps: Kind = { typeName: 'io.k8s.api.core.v1.ConfigMap', apiVersion: 'v1', kind: 'ConfigMap' };
const pods: Kind = { typeName: 'io.k8s.api.core.v1.Pod', apiVersion: 'v1', kind: 'Pod' };
const services: Kind = { typeName: 'io.k8s.api.core.v1.Service', apiVersion: 'v1', kind: 'Service' };

/** One object that managers apply to and update. */
class Applied {
  live: AnyObject | undefined;
  readonly #kind: Kind;
  readonly #fields: FieldManager;

  constructor(kind: Kind, manager = fields) {
    this.#kind = kind;
    this.#fields = manager;
  }

  /** Applies and gives back the object without kind and metadata. */
  apply(manager: string, body: object, more: Partial<ApplyInput> & { seconds?: number } = {}): Record<string, unknown> {
    const { typeName, apiVersion, kind } = this.#kind;
    const applied = { apiVersion, kind, ...body, metadata: { name: 'a', ...(body as Partial<AnyObject>).metadata } };
    const frozen = JSON.stringify([this.live, applied]);
    const input: ApplyInput = {
      typeName,
      apiVersion,
      live: this.live,
      applied,
      manager,
      force: false,
      subresource: '',
      nowMs: startMs + (more.seconds ?? 0) * 1000,
      ...more,
    };
    const result = this.#fields.apply(input);
    assert.equal(JSON.stringify([this.live, applied]), frozen, 'the arguments are as they were');
    this.live = { ...result, metadata: { ...result.metadata, uid: 'u' } };
    const { apiVersion: _a, kind: _k, metadata: _m, ...rest } = result;
    return rest;
  }

  conflict(manager: string, body: object): ApiError {
    try {
      this.apply(manager, body);
    } catch (error) {
      assert.ok(error instanceof ApiError, String(error));
      return error;
    }
    throw new assert.AssertionError({ message: 'no conflict' });
  }

  update(manager: string, change: (next: Record<string, never>) => void): void {
    const next = structuredClone(this.live ?? { metadata: { name: 'a' } });
    change(next as unknown as Record<string, never>);
    const { typeName, apiVersion } = this.#kind;
    const input = { typeName, apiVersion, live: this.live, next, manager, subresource: '', nowMs: startMs };
    const result = this.#fields.update(input);
    this.live = { ...result, metadata: { ...result.metadata, uid: 'u' } };
  }

  get owners(): Record<string, string> {
    const entries = this.live?.metadata.managedFields ?? [];
    return Object.fromEntries(
      entries.map((entry) => [`${entry.manager} ${entry.operation}`, JSON.stringify(entry.fieldsV1)]),
    );
  }

  timeOf(manager: string): string | undefined {
    return this.live?.metadata.managedFields?.find((entry) => entry.manager === manager)?.time;
  }
}

const spec = (object: Record<string, unknown>): Record<string, unknown> => object['spec'] as Record<string, unknown>;

describe('server-side apply', () => {
  it('creates what is applied and gives it to its manager', () => {
    const object = new Applied(configMaps);
    assert.deepEqual(object.apply('a', { data: { k: '1' } }), { data: { k: '1' } });
    assert.deepEqual(object.owners, { 'a Apply': '{"f:data":{"f:k":{}}}' });
    assert.equal(object.timeOf('a'), '2026-01-01T00:00:00Z');
  });

  it('changes nothing when applied again', () => {
    const object = new Applied(configMaps);
    object.apply('a', { data: { k: '1' } });
    const before = object.live!.metadata.managedFields;
    object.apply('a', { data: { k: '1' } }, { seconds: 60 });
    assert.equal(object.live!.metadata.managedFields, before);
  });

  it('takes away what its manager no longer applies', () => {
    const object = new Applied(configMaps);
    object.apply('a', { data: { k: '1', m: '1' } });
    assert.deepEqual(object.apply('a', { data: { k: '1' } }, { seconds: 5 }), { data: { k: '1' } });
    assert.equal(object.timeOf('a'), '2026-01-01T00:00:05Z');
    assert.deepEqual(object.apply('a', {}), {});
    assert.deepEqual(object.owners, {});
  });

  it('leaves what others own, by apply or update, and what nobody owns', () => {
    const object = new Applied(configMaps);
    object.apply('a', { data: { shared: '1', updated: '1', own: '1' } });
    object.apply('b', { data: { shared: '1' } });
    object.update('c', (next) => Object.assign(next['data']!, { updated: '2', foreign: '1' }));
    assert.deepEqual(object.apply('a', { data: {} }), { data: { shared: '1', updated: '2', foreign: '1' } });
  });

  it('shares ownership of equal values, without a time where nothing was written', () => {
    const object = new Applied(configMaps);
    object.apply('a', { data: { k: '1' } });
    object.apply('b', { data: { k: '1' } }, { seconds: 5 });
    assert.deepEqual(object.owners, { 'a Apply': '{"f:data":{"f:k":{}}}', 'b Apply': '{"f:data":{"f:k":{}}}' });
    assert.equal(object.timeOf('b'), undefined);
  });

  describe('conflicts', () => {
    it('over one field', () => {
      const object = new Applied(configMaps);
      object.apply('b', { data: { k: '1' } });
      const error = object.conflict('a', { data: { k: '2' } });
      assert.equal(error.code, 409);
      assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "b": .data.k');
      const cause = { reason: 'FieldManagerConflict', message: 'conflict with "b"', field: '.data.k' };
      assert.deepEqual(error.details, { causes: [cause] });
    });

    it('with several managers, one of them an update through a subresource', () => {
      const object = new Applied(pods);
      object.apply('b', { spec: { containers: [{ name: 'c', image: '1' }], nodeName: 'n' } });
      const live = object.live!;
      object.live = fields.update({
        typeName: pods.typeName,
        apiVersion: 'v1',
        live,
        next: { ...structuredClone(live), status: { phase: 'Running' } },
        manager: 'kubelet',
        subresource: 'status',
        nowMs: startMs,
      });
      const body = { spec: { containers: [{ name: 'c', image: '2' }], nodeName: 'm' }, status: { phase: 'Failed' } };
      assert.equal(
        object.conflict('a', body).message,
        [
          'Apply failed with 3 conflicts: conflicts with "b":',
          '- .spec.nodeName',
          '- .spec.containers[name="c"].image',
          'conflicts with "kubelet" with subresource "status" using v1:',
          '- .status.phase',
        ].join('\n'),
      );
    });

    it('end by force, and with it what others owned of it', () => {
      const object = new Applied(configMaps);
      object.apply('b', { data: { k: '1', m: '1' } });
      assert.deepEqual(object.apply('a', { data: { k: '2' } }, { force: true }), { data: { k: '2', m: '1' } });
      assert.deepEqual(object.owners, { 'a Apply': '{"f:data":{"f:k":{}}}', 'b Apply': '{"f:data":{"f:m":{}}}' });
    });

    it('do not arise with what nobody owns, or with oneself', () => {
      const object = new Applied(configMaps);
      object.apply('a', { data: { k: '1' } });
      assert.deepEqual(object.apply('a', { data: { k: '2', free: '1' } }), { data: { k: '2', free: '1' } });
    });

    it('do not arise with what the endpoint undoes', () => {
      const object = new Applied(pods);
      object.apply('b', { status: { phase: 'Running' } });
      const resetFields = [['status']];
      object.apply('a', { status: { phase: 'Failed' }, spec: { nodeName: 'n' } }, { resetFields });
      assert.deepEqual(object.owners, {
        'a Apply': '{"f:spec":{"f:nodeName":{}}}',
        'b Apply': '{"f:status":{"f:phase":{}}}',
      });
    });
  });

  describe('of lists', () => {
    const containers = (object: Record<string, unknown>): unknown => spec(object)['containers'];

    it('merges items by key, in the order of the configuration', () => {
      const object = new Applied(pods);
      object.apply('a', { spec: { containers: [{ name: 'x', image: '1' }, { name: 'y' }] } });
      const merged = object.apply('b', {
        spec: { containers: [{ name: 'z' }, { name: 'y', tty: true }, { name: 'x' }] },
      });
      assert.deepEqual(containers(merged), [{ name: 'z' }, { name: 'y', tty: true }, { name: 'x', image: '1' }]);
    });

    it('knows items by keys with defaults', () => {
      const object = new Applied(services);
      object.apply('a', {
        spec: {
          ports: [
            { port: 80, name: 'http' },
            { port: 80, protocol: 'UDP' },
          ],
        },
      });
      assert.deepEqual(spec(object.apply('a', { spec: { ports: [{ port: 80, protocol: 'TCP' }] } })), {
        ports: [{ port: 80, protocol: 'TCP' }],
      });
    });

    it('takes items away with their last owner', () => {
      const object = new Applied(pods);
      object.apply('a', { spec: { containers: [{ name: 'x', image: '1' }, { name: 'y' }] } });
      object.apply('b', { spec: { containers: [{ name: 'y' }] } });
      assert.deepEqual(containers(object.apply('a', { spec: { containers: [] } })), [{ name: 'y' }]);
      assert.deepEqual(object.apply('b', {}), {});
    });

    it('merges sets', () => {
      const object = new Applied(configMaps);
      const finalizers = (): unknown => object.live!.metadata.finalizers;
      object.apply('a', { metadata: { finalizers: ['x/1', 'x/2'] } });
      object.apply('b', { metadata: { finalizers: ['x/3', 'x/2'] } });
      assert.deepEqual(finalizers(), ['x/1', 'x/3', 'x/2']);
      object.apply('a', {});
      assert.deepEqual(finalizers(), ['x/3', 'x/2']);
    });

    it('replaces atomic lists and maps', () => {
      const object = new Applied(pods);
      object.apply('a', { spec: { nodeSelector: { a: '1' }, tolerations: [{ key: 'a' }] } });
      assert.deepEqual(object.apply('a', { spec: { nodeSelector: { b: '1' }, tolerations: [{ key: 'b' }] } }), {
        spec: { nodeSelector: { b: '1' }, tolerations: [{ key: 'b' }] },
      });
      assert.equal(object.conflict('b', { spec: { nodeSelector: { b: '2' } } }).message, 'Apply failed with 1 conflict: conflict with "a": .spec.nodeSelector'); // prettier-ignore
    });
  });

  it('owns empty maps and nulls by name, empty lists not at all', () => {
    const object = new Applied(pods);
    object.apply('a', { metadata: { labels: {} }, spec: { nodeName: null, volumes: [], securityContext: {} } });
    assert.deepEqual(object.owners, {
      'a Apply': '{"f:metadata":{"f:labels":{}},"f:spec":{"f:nodeName":{},"f:securityContext":{}}}',
    });
  });

  it('gives what was there before the first apply to a manager of its own', () => {
    const object = new Applied(configMaps);
    object.live = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', uid: 'u' }, data: { k: '1', m: '1' } };
    object.apply('a', { data: { k: '1' } });
    assert.deepEqual(object.owners, {
      'a Apply': '{"f:data":{"f:k":{}}}',
      'before-first-apply Update': '{"f:data":{".":{},"f:k":{},"f:m":{}}}',
    });
  });

  describe('by kubectl', () => {
    const lastApplied = (data: object): Record<string, string> => ({
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }), // prettier-ignore
    });
    const clientSide = (data: object): Applied => {
      const object = new Applied(configMaps);
      object.update('kubectl-client-side-apply', (next) =>
        Object.assign(next, { metadata: { name: 'a', annotations: lastApplied(data) }, data }),
      );
      return object;
    };

    it('takes over what it applied on the client’s side', () => {
      const object = clientSide({ k: '1', m: '1' });
      assert.deepEqual(object.apply('kubectl', { data: { k: '2', m: '1' } }), { data: { k: '2', m: '1' } });
      assert.equal(
        object.live!.metadata.annotations!['kubectl.kubernetes.io/last-applied-configuration'],
        '{"apiVersion":"v1","data":{"k":"2","m":"1"},"kind":"ConfigMap","metadata":{"name":"a"}}\n',
      );
    });

    it('does not take what others changed since', () => {
      const object = clientSide({ k: '1', m: '1' });
      object.update('other', (next) => Object.assign(next['data']!, { k: '9' }));
      const { message } = object.conflict('kubectl', { data: { k: '2', m: '2' } });
      assert.equal(message, 'Apply failed with 1 conflict: conflict with "other" using v1: .data.k');
    });

    it('is the only manager to do so', () => {
      const { message } = clientSide({ k: '1' }).conflict('helm', { data: { k: '2' } });
      assert.equal(
        message,
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.k',
      );
    });
  });

  describe('refuses', () => {
    const cases: readonly [body: object, code: number, message: string][] = [
      [{ data: { k: 5 } }, 500, '.data.k: expected string, got &value.valueUnstructured{Value:5}'],
      [{ data: { k: { a: [1.5, true] } } }, 500, '.data.k: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{1.5, true}}}'], // prettier-ignore
      [{ data: 'x' }, 500, '.data: expected map, got &{x}'],
      [{ immutable: 'x' }, 500, '.immutable: expected boolean, got &{x}'],
      [{ metadata: { generation: 'x' } }, 500, '.metadata.generation: expected numeric (int or float), got string'],
      [{ metadata: { finalizers: 'x' } }, 500, '.metadata.finalizers: expected list, got &{x}'],
      [{ metadata: { finalizers: ['x', 'x'] } }, 500, '.metadata.finalizers: duplicate entries for key [="x"]'],
      [{ metadata: { finalizers: [null] } }, 500, ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null"], // prettier-ignore
      [{ unknown: 1 }, 500, '.unknown: field not declared in schema'],
      [{ data: { a: 1 }, unknown: 1 }, 500, 'errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:1}\n  .unknown: field not declared in schema'], // prettier-ignore
    ];
    for (const [body, code, complaint] of cases) {
      it(JSON.stringify(body), () => {
        const message = `failed to create typed patch object (/a; /v1, Kind=ConfigMap): ${complaint}`;
        assert.throws(() => new Applied(configMaps).apply('a', body), { code, message });
      });
    }

    it('items that say nothing of their keys', () => {
      const serviceAccounts = {
        typeName: 'io.k8s.api.core.v1.ServiceAccount',
        apiVersion: 'v1',
        kind: 'ServiceAccount',
      };
      const why = 'associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)'; // prettier-ignore
      assert.throws(() => new Applied(serviceAccounts).apply('a', { secrets: [{}] }), {
        message: `failed to create typed patch object (/a; /v1, Kind=ServiceAccount): .secrets: element 0: ${why}`,
      });
    });

    it('managedFields', () => {
      const message = 'metadata.managedFields must be nil';
      assert.throws(() => new Applied(configMaps).apply('a', { metadata: { managedFields: [] } }), {
        code: 400,
        message,
      });
      assert.deepEqual(new Applied(configMaps).apply('a', { metadata: { managedFields: null } }), {});
    });

    it('not a configuration without metadata: names are checked elsewhere', () => {
      const result = fields.apply({ ...configMaps, live: undefined, applied: { apiVersion: 'v1', kind: 'ConfigMap', data: { k: '1' } } as unknown as AnyObject, manager: 'a', force: false, subresource: '', nowMs: startMs }); // prettier-ignore
      assert.equal(result.metadata.managedFields!.length, 1);
    });

    for (const [gvk, shown] of [
      [{ apiVersion: 'v1', kind: 'Secret' }, '/v1, Kind=Secret'],
      [{ apiVersion: 'v2', kind: 'ConfigMap' }, '/v2, Kind=ConfigMap'],
      [{ apiVersion: 'apps/v1', kind: 'ConfigMap' }, 'apps/v1, Kind=ConfigMap'],
      [{ apiVersion: undefined, kind: undefined }, '/, Kind='],
      [{ apiVersion: true, kind: {} }, '/, Kind='],
    ] as const) {
      it(`an object of ${shown}`, () => {
        const message = `invalid object type: ${shown}`;
        assert.throws(() => new Applied(configMaps).apply('a', gvk), { code: 400, message });
      });
    }

    it('to go on from managedFields it cannot read', () => {
      const object = new Applied(configMaps);
      object.live = { metadata: { name: 'a', uid: 'u', managedFields: [{ operation: 'Other' }] } };
      const message = 'failed to decode managed fields: operation must be `Apply` or `Update`';
      assert.throws(() => object.apply('a', {}), { code: 500, message });
    });
  });

  describe('of custom resources', () => {
    const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
    const custom: SchemaTable = {
      [meta]: table[meta]!,
      Widget: {
        gvk: [['example.com', 'v1', 'Widget']],
        fields: { apiVersion: { t: 'string' }, kind: { t: 'string' }, metadata: { t: meta }, spec: { t: 'Spec' } },
      },
      Spec: {
        preserveUnknownFields: true,
        fields: { size: { t: 'integer' }, parts: { t: '[]Part', list: 'map', keys: ['id'] }, free: { t: 'any' } },
      },
      Part: { fields: { id: { t: 'string' }, weight: { t: 'number' } } },
    };
    const widgets: Kind = { typeName: 'Widget', apiVersion: 'example.com/v1', kind: 'Widget' };
    const manager = createFieldManager(custom, { goStructs: false });

    it('goes by their schema, and by key where there is none', () => {
      const object = new Applied(widgets, manager);
      object.apply('a', { spec: { parts: [{ id: 'x', weight: 1 }], free: { deep: { a: 1 } }, unknown: { u: 1 } } });
      assert.deepEqual(object.owners, {
        'a Apply': '{"f:spec":{"f:free":{"f:deep":{".":{},"f:a":{}}},"f:parts":{"k:{\\"id\\":\\"x\\"}":{".":{},"f:id":{},"f:weight":{}}},"f:unknown":{".":{},"f:u":{}}}}', // prettier-ignore
      });
      const merged = object.apply('b', { spec: { parts: [{ id: 'y' }], free: { deep: { b: 2 } } } });
      assert.deepEqual(spec(merged)['free'], { deep: { a: 1, b: 2 } });
      assert.deepEqual(spec(merged)['parts'], [{ id: 'x', weight: 1 }, { id: 'y' }]);
    });
  });
});
