import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import type { OwnerReference } from '../../api/schema/generated/meta-v1.ts';
import { isOwner, OwnerGraph, slimForGraph, type GraphObject } from './owner-graph.ts';
import { planCollection, type CollectionPlan, type OwnerState } from './plan-collection.ts';

const owner = (uid: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  ...more,
});
const object = (uid: string, more: Partial<GraphObject['metadata']> = {}): GraphObject => ({
  ref: configMaps,
  metadata: { uid, name: uid, namespace: 'default', ...more },
});
const blocking = { blockOwnerDeletion: true };
const inForeground = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] };

describe('the graph of owners', () => {
  it('finds those whose owner is not there, whatever comes first', () => {
    const graph = new OwnerGraph();
    assert.deepEqual(graph.put(object('child', { ownerReferences: [owner('parent')] })), ['child']);
    assert.deepEqual(graph.pending(), ['child']);
    assert.deepEqual(graph.put(object('parent')), []);
    assert.deepEqual(graph.pending(), []);
    assert.deepEqual(graph.remove('parent'), ['child']);
    assert.deepEqual(graph.pending(), ['child']);
  });

  it('tells the dependents of an owner, as their references are now', () => {
    const graph = new OwnerGraph();
    graph.put(object('a'));
    graph.put(object('child', { ownerReferences: [owner('a')] }));
    assert.deepEqual(
      graph.dependentsOf('a').map(({ metadata }) => metadata.uid),
      ['child'],
    );
    graph.put(object('child'));
    assert.deepEqual(graph.dependentsOf('a'), []);
    graph.put(object('child', { ownerReferences: [owner('a')] }));
    graph.remove('child');
    assert.deepEqual(graph.dependentsOf('a'), []);
    assert.deepEqual(graph.remove('child'), []);
  });

  it('tells an owner that waits whenever a dependent stops to block it', () => {
    const graph = new OwnerGraph();
    graph.put(object('a'));
    graph.put(object('one', { ownerReferences: [owner('a', blocking)] }));
    graph.put(object('two', { ownerReferences: [owner('a', blocking)] }));
    graph.put(object('free', { ownerReferences: [owner('a')] }));
    assert.deepEqual(graph.put(object('a', inForeground)), ['a']);
    assert.deepEqual(
      graph.blockersOf('a').map(({ metadata }) => metadata.uid),
      ['one', 'two'],
    );
    assert.deepEqual(graph.pending(), ['a', 'one', 'two']);
    assert.deepEqual(graph.put(object('one', { ownerReferences: [owner('a')] })), ['a']);
    assert.deepEqual(graph.remove('two'), ['a']);
    assert.deepEqual(graph.blockersOf('a'), []);
  });

  it('takes nothing for an owner that another namespace, name or kind has', () => {
    const parent = object('parent');
    assert.ok(isOwner(parent, owner('parent'), 'default'));
    assert.ok(!isOwner(parent, owner('parent'), 'elsewhere'));
    assert.ok(!isOwner(parent, owner('parent', { name: 'other' }), 'default'));
    assert.ok(!isOwner(parent, owner('parent', { kind: 'Secret' }), 'default'));
    assert.ok(!isOwner(parent, owner('parent', { apiVersion: 'apps/v1' }), 'default'));
    const cluster: GraphObject = { ref: namespaces, metadata: { uid: 'ns', name: 'ns' } };
    assert.ok(isOwner(cluster, owner('ns', { kind: 'Namespace' }), 'anywhere'));
  });

  it('keeps no more of an object than it reads', () => {
    const slim = slimForGraph({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { uid: 'a', name: 'a', labels: { x: 'y' }, annotations: { z: '1' }, finalizers: [] },
    });
    assert.deepEqual(Object.keys(slim.metadata), ['uid', 'name', 'namespace', 'resourceVersion']);
  });
});

describe('planCollection', () => {
  const background: CollectionPlan = { kind: 'delete', propagationPolicy: 'Background', unblockOwners: false };
  const cases: {
    readonly name: string;
    readonly states?: Readonly<Record<string, OwnerState>>;
    readonly object?: Partial<GraphObject['metadata']>;
    readonly dependents?: readonly GraphObject[];
    readonly plan: CollectionPlan;
  }[] = [
    { name: 'an object without owners stays', plan: { kind: 'keep' } },
    { name: 'one whose owners are there stays', states: { a: 'solid', b: 'solid' }, plan: { kind: 'keep' } },
    { name: 'one whose owner is gone goes', states: { a: 'gone' }, plan: background },
    {
      name: 'one that goes already is let be',
      states: { a: 'gone' },
      object: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      plan: { kind: 'keep' },
    },
    {
      name: 'one with an owner left forgets the others',
      states: { a: 'gone', b: 'solid', c: 'waiting' },
      plan: { kind: 'dropOwners', ownerReferences: [owner('b')] },
    },
    { name: 'one that an owner waits for goes', states: { a: 'waiting' }, plan: background },
    {
      name: 'one that an owner waits for and that has dependents goes after them',
      states: { a: 'waiting' },
      dependents: [object('child')],
      plan: { kind: 'delete', propagationPolicy: 'Foreground', unblockOwners: false },
    },
    {
      name: 'a circle is broken',
      states: { a: 'waiting' },
      dependents: [object('child', inForeground)],
      plan: { kind: 'delete', propagationPolicy: 'Foreground', unblockOwners: true },
    },
    {
      name: 'a finalizer says how',
      states: { a: 'gone' },
      object: { finalizers: ['orphan'] },
      plan: { kind: 'delete', propagationPolicy: 'Orphan', unblockOwners: false },
    },
  ];
  for (const { name, states = {}, object: more, dependents = [], plan } of cases)
    it(name, () => {
      const ownerReferences = Object.keys(states).map((uid) => owner(uid));
      const subject = object('subject', { ...more, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) });
      assert.deepEqual(
        planCollection(subject, (one) => states[one.uid]!, dependents),
        plan,
      );
    });
});
