import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { AnyObject } from '../meta/object.ts';
import { loadSchemaTable } from '../schema/schema-table.ts';
import { createStrategicMerge } from './strategic-merge-patch.ts';

const merge = createStrategicMerge(loadSchemaTable());
const podType = 'io.k8s.api.core.v1.Pod';

const pod = (): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { a: '1', b: '2' }, finalizers: ['x/a', 'x/b', 'x/c'] },
  spec: {
    nodeName: 'n',
    nodeSelector: { disk: 'ssd' },
    containers: [
      { name: 'web', image: 'web:1', env: [{ name: 'A', value: '1' }, { name: 'B', value: '2' }], ports: [{ containerPort: 80, protocol: 'TCP' }] }, // prettier-ignore
      { name: 'side', image: 'side:1' },
    ],
    tolerations: [{ key: 'a', operator: 'Exists' }],
    volumes: [{ name: 'v', emptyDir: {} }],
  },
});

type Spec = Record<string, unknown>;

const patchSpec = (patch: Spec): Spec => {
  const before = pod();
  const sent = { spec: patch };
  const frozen = JSON.stringify([before, sent]);
  const result = merge(podType, before, sent);
  assert.equal(JSON.stringify([before, sent]), frozen, 'the document and the patch are as they were');
  return result['spec'] as Spec;
};

const patchMetadata = (patch: Spec): Spec => merge(podType, pod(), { metadata: patch }).metadata as Spec;

const names = (list: unknown): string[] => (list as { name: string }[]).map((item) => item.name);

describe('strategic merge patch', () => {
  describe('of maps', () => {
    it('merges key by key and deletes by null', () => {
      assert.deepEqual(patchMetadata({ labels: { a: null, c: '3' } })['labels'], { b: '2', c: '3' });
    });
    it('replaces or deletes by $patch', () => {
      assert.deepEqual(patchMetadata({ labels: { $patch: 'replace', z: '1' } })['labels'], { z: '1' });
      assert.deepEqual(patchMetadata({ labels: { $patch: 'delete' } })['labels'], {});
    });
    it('merges maps that apply takes as one', () => {
      assert.deepEqual(patchSpec({ nodeSelector: { zone: 'a' } })['nodeSelector'], { disk: 'ssd', zone: 'a' });
    });
    it('drops nulls of what it adds', () => {
      assert.deepEqual(patchMetadata({ annotations: { a: '1', b: null } })['annotations'], { a: '1' });
    });
    it('adds no map with a directive', () => {
      const affinity = {
        nodeAffinity: { $patch: 'replace', x: 1 },
        podAffinity: { y: [{ $patch: 'delete' }, { z: 1 }] },
      };
      assert.equal('annotations' in patchMetadata({ annotations: { $patch: 'bogus', a: '1' } }), false);
      assert.deepEqual(patchSpec({ affinity })['affinity'], { podAffinity: { y: [{ z: 1 }] } });
    });
    it('leaves other directives in what it adds', () => {
      const affinity = { $retainKeys: ['a'], '$setElementOrder/x': ['b'] };
      assert.deepEqual(patchSpec({ affinity })['affinity'], affinity);
    });
    it('replaces where the kinds of value differ', () => {
      assert.equal(patchSpec({ nodeSelector: 'x' })['nodeSelector'], 'x');
    });
    it('keeps only what $retainKeys names', () => {
      const volumes = patchSpec({
        volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }],
      });
      assert.deepEqual(volumes['volumes'], [{ name: 'v', configMap: { name: 'c' } }]);
    });
    it('deletes the whole document', () => assert.deepEqual(merge(podType, pod(), { $patch: 'delete' }), {}));
    it('takes null for no patch', () => assert.deepEqual(merge(podType, pod(), null), pod()));
  });

  describe('of lists of maps', () => {
    it('merges items by their key', () => {
      const [web, side] = patchSpec({ containers: [{ name: 'web', image: 'web:2' }] })['containers'] as Spec[];
      assert.equal(web!['image'], 'web:2');
      assert.deepEqual(names(web!['env']), ['A', 'B']);
      assert.equal(side!['image'], 'side:1');
    });
    it('adds items as they are', () => {
      const item = { name: 'new', resources: { limits: { cpu: null } }, '$setElementOrder/env': [] };
      assert.deepEqual((patchSpec({ containers: [item] })['containers'] as Spec[])[0], item);
    });
    it('puts new items first', () => {
      assert.deepEqual(names(patchSpec({ containers: [{ name: 'new' }] })['containers']), ['new', 'web', 'side']);
    });
    it('merges nested lists by other keys', () => {
      const ports = (patchSpec({ containers: [{ name: 'web', ports: [{ containerPort: 80, name: 'http' }] }] })['containers'] as Spec[])[0]!['ports']; // prettier-ignore
      assert.deepEqual(ports, [{ containerPort: 80, protocol: 'TCP', name: 'http' }]);
    });
    it('deletes an item by its key', () => {
      const containers = patchSpec({ containers: [{ name: 'web', env: [{ name: 'A', $patch: 'delete' }] }] })[
        'containers'
      ];
      assert.deepEqual(names((containers as Spec[])[0]!['env']), ['B']);
    });
    it('replaces the list', () => {
      const containers = patchSpec({ containers: [{ $patch: 'replace' }, { name: 'only' }] })['containers'];
      assert.deepEqual(containers, [{ name: 'only' }]);
    });
    it('leaves an empty patch list without effect', () => {
      assert.deepEqual(names(patchSpec({ containers: [] })['containers']), ['web', 'side']);
    });
    it('deletes the list by null', () => assert.equal(patchSpec({ containers: null })['containers'], undefined));
    it('drops deletions from a list it adds', () => {
      const patch = { hostAliases: [{ ip: '1.1.1.1' }, { ip: '2.2.2.2', $patch: 'delete' }] };
      assert.deepEqual(patchSpec(patch)['hostAliases'], [{ ip: '1.1.1.1' }]);
    });
    it('replaces lists without a merge key', () => {
      assert.deepEqual(patchSpec({ tolerations: [{ key: 'b' }] })['tolerations'], [{ key: 'b' }]);
    });
    it('orders by $setElementOrder, and leaves items it does not name in their place', () => {
      const order = [{ name: 'new' }, { name: 'side' }];
      const patch = {
        $setElementOrder: undefined,
        '$setElementOrder/containers': order,
        containers: [{ name: 'new' }],
      };
      delete patch.$setElementOrder;
      assert.deepEqual(names(patchSpec(patch)['containers']), ['new', 'web', 'side']);
      const reversed = { '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }] };
      assert.deepEqual(names(patchSpec(reversed)['containers']), ['side', 'web']);
    });
  });

  describe('of lists of scalars', () => {
    it('adds what is not there, first', () => {
      assert.deepEqual(patchMetadata({ finalizers: ['x/d', 'x/a'] })['finalizers'], ['x/d', 'x/a', 'x/b', 'x/c']);
    });
    it('deletes by $deleteFromPrimitiveList', () => {
      const patch = { '$deleteFromPrimitiveList/finalizers': ['x/a', 'x/none'] };
      assert.deepEqual(patchMetadata(patch)['finalizers'], ['x/b', 'x/c']);
    });
    it('deletes and adds at once', () => {
      const patch = { '$deleteFromPrimitiveList/finalizers': ['x/a'], finalizers: ['x/d'] };
      assert.deepEqual(patchMetadata(patch)['finalizers'], ['x/d', 'x/b', 'x/c']);
    });
    it('orders by $setElementOrder', () => {
      const patch = { '$setElementOrder/finalizers': ['x/c', 'x/d', 'x/a'], finalizers: ['x/d'] };
      assert.deepEqual(patchMetadata(patch)['finalizers'], ['x/b', 'x/c', 'x/d', 'x/a']);
    });
    it('ignores deletions from a list that is not there', () => {
      assert.deepEqual(merge(podType, { metadata: { name: 'p' } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }), { metadata: { name: 'p' } }); // prettier-ignore
    });
  });

  describe('refuses', () => {
    const badOrder = {
      '$setElementOrder/containers': [{ name: 'side' }],
      containers: [{ name: 'web', image: 'i' }],
    };
    const cases: readonly [name: string, spec: unknown, code: number, message: string][] = [
      ['an item without its merge key', { containers: [{ image: 'x' }] }, 500, 'map: map[image:x] does not contain declared merge key: name'], // prettier-ignore
      ['an order that does not name an item', badOrder, 500, "The order in patch list:\n[map[image:i name:web]]\n doesn't match $setElementOrder list:\n[map[name:side]]\n"], // prettier-ignore
      ['an order that is no list', { '$setElementOrder/containers': 'x' }, 500, 'expected a []interface {}, but received a string'], // prettier-ignore
      ['an order of empty lists', { '$setElementOrder/hostAliases': [], hostAliases: [] }, 500, 'no elements in any of the given slices'], // prettier-ignore
      ['an order that is null', { '$setElementOrder/containers': null }, 500, 'expected a []interface {}, but received a %!s(<nil>)'], // prettier-ignore
      ['an order of nothing', { $setElementOrder: [] }, 400, 'invalid patch format of setElementOrder list'],
      ['a deletion list of nothing', { $deleteFromPrimitiveList: [] }, 400, 'invalid patch format of primitive list'],
      ['keys that $retainKeys does not name', { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] }, 400, 'invalid patch format of retainKeys'], // prettier-ignore
      ['unknown directives', { nodeSelector: { $patch: 'bogus' } }, 500, 'unknown patch type: bogus in map: map[$patch:bogus]'], // prettier-ignore
      ['unknown directives in lists', { containers: [{ name: 'a', $patch: 'bogus' }] }, 500, 'unknown patch type: bogus in map: map[$patch:bogus name:a]'], // prettier-ignore
      ['merging by directive in lists', { containers: [{ name: 'a', $patch: 'merge' }] }, 500, 'merging lists cannot yet be specified in the patch'], // prettier-ignore
      ['items of different kinds', { containers: ['x'] }, 500, 'list element types are not identical: [[map[env:[map[name:A value:1] map[name:B value:2]] image:web:1 name:web ports:[map[containerPort:80 protocol:TCP]]] map[image:side:1 name:side]] [x]]'], // prettier-ignore
      ['an order for a field that is not there', { '$setElementOrder/bogus': [] }, 500, 'unable to find api field in struct PodSpec for the json field "bogus"'], // prettier-ignore
    ];
    for (const [name, spec, code, message] of cases) {
      it(name, () => assert.throws(() => merge(podType, pod(), { spec }), { code, message }));
    }
    it('what is no map', () => {
      const message = 'json: cannot unmarshal array into Go value of type map[string]interface {}';
      assert.throws(() => merge(podType, pod(), [1]), { reason: 'BadRequest', message });
    });
    it('lists of lists', () => {
      const empty: AnyObject = { metadata: { name: 'p', finalizers: [] } };
      assert.throws(() => merge(podType, empty, { metadata: { finalizers: [['x']] } }), { code: 422 });
    });
  });
});
