import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createCodec, DecodeError, resourceVersionChunks, spliceResourceVersion } from './codec.ts';
import { loadSchemaTable } from './schema-table.ts';

const codec = createCodec(loadSchemaTable());
const core = (kind: string): string => `io.k8s.api.core.v1.${kind}`;
const pod = core('Pod');
const v1 = (kind: string): { apiVersion: string; kind: string } => ({ apiVersion: 'v1', kind });

const decode = (typeName: string, value: unknown): unknown => codec.decode(typeName, structuredClone(value)).object;
const spec = (fields: object): object => ({ spec: { containers: [{ name: 'c', ...fields }] } });

describe('codec', () => {
  describe('decoding', () => {
    it('takes null for absent', () => {
      assert.deepEqual(
        decode(core('ConfigMap'), { metadata: { name: 'a', creationTimestamp: null, labels: null }, data: null }),
        {
          metadata: { name: 'a' },
        },
      );
    });

    it('turns null in lists and maps into the zero value', () => {
      assert.deepEqual(decode(core('ConfigMap'), { data: { a: null } }), { metadata: {}, data: { a: '' } });
      assert.deepEqual(decode(pod, { spec: { containers: [null], hostAliases: [{ ip: 'x', hostnames: [null] }] } }), {
        metadata: {},
        spec: { containers: [{ name: '', resources: {} }], hostAliases: [{ ip: 'x', hostnames: [''] }] },
        status: {},
      });
    });

    it('leaves out empty values of optional fields', () => {
      assert.deepEqual(
        decode(pod, {
          metadata: { name: 'a', labels: {}, finalizers: [], namespace: '', generation: 0 },
          spec: { containers: [], hostNetwork: false, nodeName: '' },
        }),
        { metadata: { name: 'a' }, spec: { containers: [] }, status: {} },
      );
    });

    it('keeps zero values that mean something', () => {
      const kept = {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        priority: 0,
        runtimeClassName: '',
        securityContext: { runAsUser: 0, runAsNonRoot: false },
      };
      const { spec: decoded } = decode(pod, { spec: { ...kept, containers: [] } }) as { spec: object };
      assert.deepEqual(decoded, { ...kept, containers: [] });
      const deployment = decode('io.k8s.api.apps.v1.Deployment', { spec: { replicas: 0 } }) as {
        spec: { replicas: number };
      };
      assert.equal(deployment.spec.replicas, 0);
      const claim = decode(core('PersistentVolumeClaim'), { spec: { storageClassName: '' } }) as {
        spec: { storageClassName: string };
      };
      assert.equal(claim.spec.storageClassName, '');
    });

    it('fills structs that always stand, so that code may read through them', () => {
      assert.deepEqual(decode('io.k8s.api.apps.v1.DaemonSet', {}), {
        metadata: {},
        spec: { template: { metadata: {}, spec: {} }, updateStrategy: {} },
        status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
      });
    });

    it('makes quantities, times and bytes canonical', () => {
      const { spec: decoded } = decode(pod, spec({ resources: { limits: { cpu: 0.5, memory: '1024Ki' } } })) as {
        spec: { containers: { resources: unknown }[] };
      };
      assert.deepEqual(decoded.containers[0]!.resources, { limits: { cpu: '500m', memory: '1Mi' } });
      assert.deepEqual(
        decode(core('Secret'), {
          metadata: { creationTimestamp: '2024-01-01T01:00:00.5+01:00' },
          data: { a: 'aGVs\nbG8=' },
        }),
        {
          metadata: { creationTimestamp: '2024-01-01T00:00:00Z' },
          data: { a: 'aGVsbG8=' },
        },
      );
    });

    it('passes free-form parts on as they are', () => {
      const managedFields = [{ manager: 'm', fieldsV1: { 'f:a': { '.': {}, x: null } } }];
      assert.deepEqual(decode(core('ConfigMap'), { metadata: { managedFields } }), { metadata: { managedFields } });
    });

    it('drops unknown fields and names them in the order of the document', () => {
      const { object, unknownFields } = codec.decode(pod, {
        bogus: 1,
        spec: { containers: [{ name: 'a' }, { name: 'b', bogus: {}, Image: 'x' }], foo: null },
        metadata: { x: 1 },
      });
      assert.deepEqual(unknownFields, [
        'bogus',
        'spec.containers[1].bogus',
        'spec.containers[1].Image',
        'spec.foo',
        'metadata.x',
      ]);
      assert.deepEqual(object['spec'], {
        containers: [
          { name: 'a', resources: {} },
          { name: 'b', resources: {} },
        ],
      });
    });

    it('takes keys of prototypes for data', () => {
      const { object, unknownFields } = codec.decode(
        core('ConfigMap'),
        JSON.parse('{"__proto__":{"polluted":1},"data":{"__proto__":"x","constructor":"y","n":null}}'),
      );
      assert.deepEqual(unknownFields, ['__proto__']);
      assert.deepEqual(Object.entries(object['data'] as object), [
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['n', ''],
      ]);
      assert.equal(Object.getPrototypeOf(object), Object.prototype);
      assert.equal((object as Record<string, unknown>)['polluted'], undefined);
    });
  });

  describe("complaints, which are those of upstream's decoder", () => {
    const field = (path: string): string => `json: cannot unmarshal ${path}`;
    const cases: readonly (readonly [what: string, type: string, value: unknown, message: string])[] = [
      [
        'a string for a struct',
        pod,
        { metadata: 'x' },
        field('string into Go struct field Pod.metadata of type v1.ObjectMeta'),
      ],
      [
        'a number for a string',
        pod,
        { metadata: { name: 5 } },
        field('number into Go struct field ObjectMeta.metadata.name of type string'),
      ],
      [
        'a string for a map',
        pod,
        { metadata: { labels: 'x' } },
        field('string into Go struct field ObjectMeta.metadata.labels of type map[string]string'),
      ],
      [
        'a number in a map',
        pod,
        { metadata: { labels: { a: 1 } } },
        field('number into Go struct field ObjectMeta.metadata.labels of type string'),
      ],
      [
        'a string for a list',
        pod,
        { spec: { containers: 'x' } },
        field('string into Go struct field PodSpec.spec.containers of type []v1.Container'),
      ],
      [
        'a string among structs',
        pod,
        { spec: { containers: ['x'] } },
        field('string into Go struct field PodSpec.spec.containers of type v1.Container'),
      ],
      [
        'a string for a number, deep',
        pod,
        spec({ ports: [{ containerPort: 'x' }] }),
        field('string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32'),
      ],
      [
        'a bool for a string',
        pod,
        spec({ image: true }),
        field('bool into Go struct field Container.spec.containers.image of type string'),
      ],
      [
        'a number too big',
        pod,
        { spec: { priority: 2147483648 } },
        field('number 2147483648 into Go struct field PodSpec.spec.priority of type int32'),
      ],
      [
        'a fraction',
        pod,
        { spec: { priority: 1.5 } },
        field('number 1.5 into Go struct field PodSpec.spec.priority of type int32'),
      ],
      [
        'a map of quantities',
        core('ResourceQuota'),
        { spec: { hard: 'x' } },
        field('string into Go struct field ResourceQuotaSpec.spec.hard of type v1.ResourceList'),
      ],
      [
        'a fraction for int-or-string',
        'io.k8s.api.policy.v1.PodDisruptionBudget',
        { spec: { minAvailable: 1.5 } },
        field('number 1.5 into Go struct field PodDisruptionBudgetSpec.spec.minAvailable of type int32'),
      ],
      [
        'a named list',
        pod,
        spec({ securityContext: { capabilities: { add: 'x' } } }),
        field(
          'string into Go struct field Capabilities.spec.containers.securityContext.capabilities.add of type []v1.Capability',
        ),
      ],
      [
        'a bad quantity',
        pod,
        spec({ resources: { limits: { cpu: 'x' } } }),
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      ],
      [
        'a bad time',
        pod,
        { metadata: { creationTimestamp: 'x' } },
        'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
      ],
      [
        'a number for a time',
        pod,
        { metadata: { creationTimestamp: 5 } },
        field('number into Go struct field ObjectMeta.metadata.creationTimestamp of type string'),
      ],
      ['bad base64', core('Secret'), { data: { a: 'a!' } }, 'illegal base64 data at input byte 1'],
      ['base64 cut short', core('Secret'), { data: { a: 'YWJjZA' } }, 'illegal base64 data at input byte 4'],
      ['a list for an object', pod, [], field('array into Go value of type v1.Pod')],
      [
        'the first of two',
        pod,
        { metadata: { name: 5 }, spec: 'x' },
        field('number into Go struct field ObjectMeta.metadata.name of type string'),
      ],
      [
        'a time after a wrong kind',
        pod,
        { spec: 'x', metadata: { creationTimestamp: 'x' } },
        'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
      ],
    ];
    for (const [what, type, value, message] of cases) {
      it(what, () => assert.throws(() => decode(type, value), new DecodeError(message)));
    }
  });

  it('refuses what is nested past the stack', () => {
    const depth = 20_000;
    const schema = JSON.parse(`${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}`) as object;
    const crd = { spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] } };
    const type = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition';
    assert.throws(() => codec.decode(type, crd), new DecodeError('exceeded max depth'));
  });

  describe('encoding', () => {
    it('starts with kind, apiVersion and metadata, and carries no resourceVersion', () => {
      const bytes = codec.encode(
        {
          status: {},
          metadata: { resourceVersion: '5', selfLink: '/x', uid: 'u', name: 'a' },
          spec: { nodeName: 'n', containers: [] },
        },
        v1('Pod'),
      );
      assert.equal(
        bytes.toString(),
        '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","uid":"u"},"spec":{"containers":[],"nodeName":"n"},"status":{}}',
      );
    });

    it('gives the same bytes whatever the order of fields and keys', () => {
      const one = { metadata: { name: 'a', labels: { b: '1', a: '2' } }, data: { y: '1', x: '2', 10: 'z', 9: 'z' } };
      const other = { data: { 9: 'z', x: '2', y: '1', 10: 'z' }, metadata: { labels: { a: '2', b: '1' }, name: 'a' } };
      assert.deepEqual(codec.encode(one, v1('ConfigMap')), codec.encode(other, v1('ConfigMap')));
    });

    it('does not change what it is given', () => {
      const object = {
        metadata: { resourceVersion: '5', name: 'a' },
        spec: { nodeName: '', containers: [{ image: 'i', name: 'c' }] },
      };
      const before = structuredClone(object);
      codec.encode(object, v1('Pod'));
      assert.deepEqual(object, before);
    });

    it('writes what Go always writes, null where it holds nil', () => {
      const written = (kind: string, apiVersion: string, object: object): unknown =>
        JSON.parse(codec.encode(object, { apiVersion, kind }).toString());
      assert.deepEqual(written('Role', 'rbac.authorization.k8s.io/v1', { metadata: { name: 'a' } }), {
        kind: 'Role',
        apiVersion: 'rbac.authorization.k8s.io/v1',
        metadata: { name: 'a' },
        rules: null,
      });
      assert.deepEqual(
        written('Deployment', 'apps/v1', {
          metadata: {},
          spec: {},
          status: { conditions: [{ type: 'x', status: 'True' }] },
        }),
        {
          kind: 'Deployment',
          apiVersion: 'apps/v1',
          metadata: {},
          spec: { selector: null, template: { metadata: {}, spec: { containers: null } }, strategy: {} },
          status: { conditions: [{ type: 'x', status: 'True', lastUpdateTime: null, lastTransitionTime: null }] },
        },
      );
    });

    it('leaves custom resources in their own order', () => {
      const bytes = codec.encode(
        { z: { b: [], a: '' }, metadata: { name: 'a', resourceVersion: '1' }, a: 0, apiVersion: 'x', kind: 'y' },
        { apiVersion: 'example.com/v1', kind: 'Widget' },
      );
      assert.equal(
        bytes.toString(),
        '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a"},"z":{"b":[],"a":""},"a":0}',
      );
    });

    it('keeps what decoding made of it', () => {
      const bytes = codec.encode(
        decode(pod, {
          metadata: { name: 'a' },
          spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] },
        }) as object,
        v1('Pod'),
      );
      const again = codec.decode(pod, JSON.parse(bytes.toString())).object;
      assert.deepEqual(codec.encode(again, v1('Pod')), bytes);
    });

    it('treats a key named __proto__ as data', () => {
      const object = JSON.parse('{"metadata":{},"data":{"z":"1","__proto__":"x"}}') as object;
      assert.match(codec.encode(object, v1('ConfigMap')).toString(), /"data":\{"__proto__":"x","z":"1"\}/);
    });
  });

  describe('resourceVersion', () => {
    it('is put in at the start of metadata', () => {
      const stored = codec.encode({ metadata: { name: 'a' } }, v1('ConfigMap'));
      assert.equal(
        spliceResourceVersion(stored, 7).toString(),
        '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}}',
      );
      assert.deepEqual(Buffer.concat(resourceVersionChunks(stored, '7')), spliceResourceVersion(stored, 7));
    });

    it('also where metadata is empty', () => {
      const stored = codec.encode({}, v1('ConfigMap'));
      assert.equal(
        spliceResourceVersion(stored, 7).toString(),
        '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"7"}}',
      );
    });
  });

  it('compiles every type of the table', () => {
    for (const typeName of Object.keys(loadSchemaTable())) {
      assert.ok(codec.has(typeName));
      assert.doesNotThrow(() => codec.encodeValue(typeName, codec.decode(typeName, {}).object), typeName);
    }
    assert.equal(codec.plan('absent'), undefined);
  });
});
