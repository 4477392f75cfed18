import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { testNode, testPod } from '../../test/support/scheduler-objects.ts';
import { ClusterState } from './cluster-state.ts';

const asking = (name: string, cpu = '1'): Pod =>
  testPod(name, { requests: { cpu }, container: { ports: [{ containerPort: 80, hostPort: 80 }] } });
const on = (pod: Pod, nodeName: string): Pod => ({ ...pod, spec: { ...pod.spec!, nodeName } });

/** Sums of each node, as filters see them, and how many pods the groups hold there. */
function view(state: ClusterState): Record<string, string> {
  return Object.fromEntries(
    state.nodes.map((info) => {
      let grouped = 0;
      for (const group of state.groups.all()) grouped += group.nodes.get(info) ?? 0;
      return [
        info.name,
        `${info.pods.size} pods, ${grouped} grouped, ${info.requested['cpu'] ?? 0}m, ports ${info.hostPorts.size}`,
      ];
    }),
  );
}

const empty = '0 pods, 0 grouped, 0m, ports 0';
const one = '1 pods, 1 grouped, 1000m, ports 1';

function twoNodes(): ClusterState {
  const state = new ClusterState();
  state.setNode(testNode('a'));
  state.setNode(testNode('b'));
  return state;
}

describe('ClusterState', () => {
  it('gives the room of assumed pods to nobody else', () => {
    const state = twoNodes();
    state.assume(asking('p'), 'a');
    assert.deepEqual(view(state), { a: one, b: empty });
    assert.equal(state.isAssumed('uid-p'), true);
  });

  it('takes an assumption back', () => {
    const state = twoNodes();
    state.assume(asking('p'), 'a');
    state.forget('uid-p');
    assert.deepEqual(view(state), { a: empty, b: empty });
    assert.equal(state.isAssumed('uid-p'), false);
  });

  it('counts a confirmed pod once, and forgets it no more', () => {
    const state = twoNodes();
    state.assume(asking('p'), 'a');
    state.setPod(on(asking('p'), 'a'));
    state.forget('uid-p');
    assert.deepEqual(view(state), { a: one, b: empty });
    assert.equal(state.isAssumed('uid-p'), false);
  });

  it('believes the watch where the pod went elsewhere', () => {
    const state = twoNodes();
    state.assume(asking('p'), 'a');
    state.setPod(on(asking('p'), 'b'));
    assert.deepEqual(view(state), { a: empty, b: one });
  });

  it('counts a changed pod as it is now', () => {
    const state = twoNodes();
    state.setPod(on(asking('p', '3'), 'a'));
    state.setPod(on(asking('p', '1'), 'a'));
    assert.deepEqual(view(state), { a: one, b: empty });
  });

  it('frees the room of a pod that is gone', () => {
    const state = twoNodes();
    state.setPod(on(asking('p'), 'a'));
    state.removePod('uid-p');
    state.removePod('uid-p');
    assert.deepEqual(view(state), { a: empty, b: empty });
    assert.deepEqual([...state.groups.all()], []);
  });

  it('knows the pods of a node that comes after them', () => {
    const state = new ClusterState();
    state.setPod(on(asking('p'), 'a'));
    assert.deepEqual(state.nodes, []);
    state.setNode(testNode('a'));
    assert.deepEqual(view(state), { a: one });
  });

  it('knows the pods of a node that goes and comes back, less those that ended meanwhile', () => {
    const state = twoNodes();
    state.setPod(on(asking('p'), 'a'));
    state.setPod(on(testPod('q'), 'a'));
    state.removeNode('a');
    assert.deepEqual(view(state), { b: empty });
    assert.deepEqual([...state.groups.all()], []);
    state.removePod('uid-q');
    state.setNode(testNode('a'));
    assert.deepEqual(view(state), { b: empty, a: one });
  });

  it('takes new sizes and labels of a node without losing its pods', () => {
    const state = twoNodes();
    state.setPod(on(asking('p'), 'a'));
    state.setNode(testNode('a', { allocatable: { cpu: '16' } }));
    assert.equal(state.nodes[0]!.allocatable['cpu'], 16_000);
    assert.deepEqual(view(state), { a: one, b: empty });
  });

  it('keeps pods that selectors cannot tell apart in one group', () => {
    const state = twoNodes();
    for (let i = 0; i < 10; i++) state.setPod(on(testPod(`p${i}`, { labels: { app: 'a' } }), i < 4 ? 'a' : 'b'));
    state.setPod(on(testPod('other', { labels: { app: 'b' } }), 'a'));
    const groups = [...state.groups.all()].map(({ labels, nodes }) => [labels, [...nodes.values()]]);
    assert.deepEqual(groups, [
      [{ app: 'a' }, [4, 6]],
      [{ app: 'b' }, [1]],
    ]);
  });
});
