import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { loadSchemaTable } from '../schema/schema-table.ts';
import { compareObjects } from './compare.ts';
import { sorted } from './field-set.ts';
import { ItemError, TypeNodes } from './type-node.ts';

const table = loadSchemaTable();
const goTypes = new TypeNodes(table, { goStructs: true });
const plainTypes = new TypeNodes(table, { goStructs: false });

type Case = {
  readonly name: string;
  readonly type: string;
  readonly live: object;
  readonly next: object;
  readonly changed?: object;
  readonly removed?: object;
};

const leaf = {};

const cases: readonly Case[] = [
  {
    name: 'a changed scalar',
    type: 'core.v1.Service',
    live: { spec: { clusterIP: 'a' } },
    next: { spec: { clusterIP: 'b' } },
    changed: { 'f:spec': { 'f:clusterIP': leaf } },
  },
  {
    name: 'a map that came and one that went, with all they hold',
    type: 'core.v1.Pod',
    live: { metadata: { annotations: { a: '1' } } },
    next: { metadata: { labels: { b: '2' } } },
    changed: { 'f:metadata': { 'f:labels': { '.': leaf, 'f:b': leaf } } },
    removed: { 'f:metadata': { 'f:annotations': { '.': leaf, 'f:a': leaf } } },
  },
  {
    name: 'entries of a map',
    type: 'core.v1.ConfigMap',
    live: { data: { a: '1', b: '2', c: '3' } },
    next: { data: { a: '1', b: 'x', d: '4' } },
    changed: { 'f:data': { 'f:b': leaf, 'f:d': leaf } },
    removed: { 'f:data': { 'f:c': leaf } },
  },
  {
    name: 'an atomic map, an atomic list and an atomic struct as one field each',
    type: 'core.v1.Pod',
    live: { spec: { nodeSelector: { a: '1' }, tolerations: [{ key: 'a' }] } },
    next: { spec: { nodeSelector: { a: '2' }, tolerations: [{ key: 'b' }] } },
    changed: { 'f:spec': { 'f:nodeSelector': leaf, 'f:tolerations': leaf } },
  },
  {
    name: 'items of a list by their keys, whatever their order',
    type: 'core.v1.Pod',
    live: {
      spec: {
        containers: [
          { name: 'a', image: '1', resources: {} },
          { name: 'b', resources: {} },
        ],
      },
    },
    next: { spec: { containers: [{ name: 'c' }, { name: 'a', image: '2', resources: {} }] } },
    changed: {
      'f:spec': {
        'f:containers': {
          'k:{"name":"a"}': { 'f:image': leaf },
          'k:{"name":"c"}': { '.': leaf, 'f:name': leaf, 'f:resources': leaf },
        },
      },
    },
    removed: {
      'f:spec': { 'f:containers': { 'k:{"name":"b"}': { '.': leaf, 'f:name': leaf, 'f:resources': leaf } } },
    },
  },
  {
    name: 'an item whose key has a default',
    type: 'core.v1.Service',
    live: { spec: { ports: [{ port: 80 }] } },
    next: { spec: { ports: [{ port: 80, protocol: 'TCP', name: 'n' }] } },
    changed: { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:name': leaf, 'f:protocol': leaf } } } },
  },
  {
    name: 'values of a set',
    type: 'core.v1.Pod',
    live: { metadata: { finalizers: ['a', 'b'] } },
    next: { metadata: { finalizers: ['b', 'c'] } },
    changed: { 'f:metadata': { 'f:finalizers': { 'v:"c"': leaf } } },
    removed: { 'f:metadata': { 'f:finalizers': { 'v:"a"': leaf } } },
  },
  {
    name: 'items said twice as one field',
    type: 'core.v1.Service',
    live: {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
    },
    next: {
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'c' },
        ],
      },
    },
    changed: { 'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': leaf } } },
  },
  {
    name: 'structs that always stand as present, whether written or not',
    type: 'apps.v1.Deployment',
    live: {},
    next: {
      metadata: {},
      spec: { strategy: { type: 'Recreate' }, template: { spec: { containers: [{ name: 'c' }] } } },
    },
    changed: {
      'f:spec': {
        'f:strategy': { 'f:type': leaf },
        'f:template': {
          'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': leaf, 'f:name': leaf, 'f:resources': leaf } } },
        },
      },
    },
  },
  {
    name: 'null times of a new condition, which upstream writes',
    type: 'core.v1.Pod',
    live: { status: {} },
    next: { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    changed: {
      'f:status': {
        'f:conditions': {
          '.': leaf,
          'k:{"type":"Ready"}': {
            '.': leaf,
            'f:lastProbeTime': leaf,
            'f:lastTransitionTime': leaf,
            'f:status': leaf,
            'f:type': leaf,
          },
        },
      },
    },
  },
  {
    name: 'an empty struct for none as one field',
    type: 'core.v1.Pod',
    live: { spec: {} },
    next: { spec: { securityContext: {} } },
    changed: { 'f:spec': { 'f:securityContext': leaf } },
  },
  {
    name: 'free-form data as one field',
    type: 'apps.v1.ControllerRevision',
    live: { revision: 1 },
    next: { revision: 1, data: { spec: { a: 1 } } },
    changed: { 'f:data': leaf },
  },
  {
    name: 'nothing in managedFields, in keys without a value, or in what is the same',
    type: 'core.v1.Pod',
    live: { metadata: { name: 'a', managedFields: [{ manager: 'x' }] }, spec: { containers: [{ name: 'c', env: [{ name: 'E' }] }] } }, // prettier-ignore
    next: { metadata: { name: 'a', generation: undefined }, spec: { containers: [{ name: 'c', env: [{ name: 'E' }] }] }, status: {} }, // prettier-ignore
  },
];

describe('comparing objects', () => {
  for (const { name, type, live, next, changed = {}, removed = {} } of cases) {
    it(`finds ${name}`, () => {
      const found = compareObjects(goTypes.named(`io.k8s.api.${type}`), live, next);
      assert.deepEqual(sorted(found.changed), changed);
      assert.deepEqual(sorted(found.removed), removed);
    });
  }

  it('lets absent structs count in custom resources', () => {
    const { changed } = compareObjects(
      plainTypes.named('io.k8s.api.core.v1.Service'),
      {},
      { spec: { clusterIP: 'a' } },
    );
    assert.deepEqual(changed, { 'f:spec': { '.': {}, 'f:clusterIP': {} } });
  });

  it('merges what has no schema by key, and takes its lists as one', () => {
    const { changed, removed } = compareObjects(
      plainTypes.named('example.com.v1.Unknown'),
      { spec: { a: 1, gone: 1, turns: { x: 1 }, list: [1, 2] } },
      { spec: { a: 2, turns: 'y', list: [2, 1] } },
    );
    assert.deepEqual(sorted(changed), { 'f:spec': { 'f:a': {}, 'f:list': {}, 'f:turns': {} } });
    assert.deepEqual(sorted(removed), { 'f:spec': { 'f:gone': {}, 'f:turns': { 'f:x': {} } } });
  });

  it('looks into nothing that is the same in memory', () => {
    const spec = Object.defineProperty({}, 'containers', { enumerable: true, get: () => assert.fail('looked into') });
    const found = compareObjects(
      goTypes.named('io.k8s.api.core.v1.Pod'),
      { spec },
      { spec, status: { phase: 'Running' } },
    );
    assert.deepEqual(found.changed, { 'f:status': { 'f:phase': {} } });
  });

  it('cannot tell apart items without keys', () => {
    const compare = (): unknown =>
      compareObjects(goTypes.named('io.k8s.api.core.v1.ServiceAccount'), {}, { secrets: [{ namespace: 'a' }] });
    assert.throws(compare, ItemError);
  });
});
