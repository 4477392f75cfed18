import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { testNode, testPod } from '../../test/support/scheduler-objects.ts';
import { plugins } from '../plugins/index.ts';
import { ClusterState } from '../snapshot/cluster-state.ts';
import { diagnosisMessage, enoughNodes, findNode, type Decision } from './find-node.ts';
import { definePlugin, fits, rejected, unresolvable, type Plugin } from './plugin.ts';

function stateOf(...nodes: ReturnType<typeof testNode>[]): ClusterState {
  const state = new ClusterState();
  for (const node of nodes) state.setNode(node);
  return state;
}

function find(state: ClusterState, pod = testPod('p'), chosen: readonly Plugin[] = plugins, seed = 1): Decision {
  return findNode(pod, state, chosen, { start: 0, random: createSeededRandom(seed) });
}

function nodeOf(decision: Decision): string {
  assert.equal(decision.kind, 'node');
  return (decision as Extract<Decision, { kind: 'node' }>).node.name;
}

function messageOf(decision: Decision): string {
  assert.equal(decision.kind, 'none');
  return diagnosisMessage((decision as Extract<Decision, { kind: 'none' }>).diagnosis);
}

const many = (count: number): ClusterState =>
  stateOf(...Array.from({ length: count }, (_, i) => testNode(`node-${i}`)));

describe('findNode', () => {
  it('counts the nodes by reason in upstream wording', () => {
    const state = stateOf(
      testNode('a', { spec: { unschedulable: true } }),
      testNode('b', { spec: { unschedulable: true } }),
      testNode('c', { allocatable: { cpu: '1' } }),
    );
    assert.equal(
      messageOf(find(state, testPod('p', { requests: { cpu: '2' } }))),
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.',
    );
  });

  it('says so where there are no nodes', () => {
    assert.equal(messageOf(find(stateOf())), 'no nodes available to schedule pods');
  });

  it('counts every reason of a node', () => {
    const pod = testPod('p', { requests: { cpu: '9', memory: '9Gi' } });
    assert.equal(
      messageOf(find(stateOf(testNode('a')), pod)),
      '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    );
  });

  it('names the plugins that refused, and the nodes where preemption may help', () => {
    const no = definePlugin({ name: 'No', filter: (_pod, info) => (info.name === 'a' ? rejected('x') : fits) });
    const never = definePlugin({ name: 'Never', filter: () => unresolvable('y') });
    const decision = find(stateOf(testNode('a'), testNode('b')), testPod('p'), [no, never]);
    assert.equal(decision.kind, 'none');
    const { diagnosis } = decision as Extract<Decision, { kind: 'none' }>;
    assert.deepEqual([...diagnosis.plugins], ['No', 'Never']);
    assert.deepEqual(
      diagnosis.preemptionMayHelp.map(({ name }) => name),
      ['a'],
    );
  });

  it('does not ask a filter that has nothing to say about the pod', () => {
    const silent = definePlugin({
      name: 'Silent',
      prepareFilter: () => undefined,
      filter: () => assert.fail('asked all the same'),
    });
    assert.equal(nodeOf(find(stateOf(testNode('a')), testPod('p'), [silent])), 'a');
  });

  it('adds scores by their weights', () => {
    const score = (name: string, weight: number, best: string): Plugin =>
      definePlugin({ name, weight, score: (_pod, info) => (info.name === best ? 100 : 0) });
    const state = stateOf(testNode('a'), testNode('b'));
    assert.equal(nodeOf(find(state, testPod('p'), [score('One', 1, 'a'), score('Two', 2, 'b')])), 'b');
    assert.equal(nodeOf(find(state, testPod('p'), [score('One', 3, 'a'), score('Two', 2, 'b')])), 'a');
  });

  it('brings scores to 0..100 before weighing them', () => {
    const large = definePlugin({
      name: 'Large',
      weight: 1,
      normalize: 'lowerIsBetter',
      score: (_pod, info) => (info.name === 'a' ? 10_000 : 5_000),
    });
    const small = definePlugin({ name: 'Small', weight: 1, score: (_pod, info) => (info.name === 'a' ? 60 : 0) });
    // a: 0 + 60, b: 50 + 0
    assert.equal(nodeOf(find(stateOf(testNode('a'), testNode('b')), testPod('p'), [large, small])), 'a');
  });

  it('chooses among the best by chance, each as often as the others, and the same for the same seed', () => {
    const state = many(4);
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= 400; seed++) {
      const name = nodeOf(find(state, testPod('p'), plugins, seed));
      assert.equal(nodeOf(find(state, testPod('p'), plugins, seed)), name);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    assert.equal(counts.size, 4);
    for (const count of counts.values()) assert.ok(count > 60 && count < 140, `${count} of 400`);
  });

  it('looks at no more nodes than it needs, beginning where it is told', () => {
    const decision = findNode(testPod('p'), many(1000), plugins, { start: 900, random: createSeededRandom(1) });
    assert.equal(decision.kind, 'node');
    const found = decision as Extract<Decision, { kind: 'node' }>;
    assert.equal(found.feasible, 420);
    assert.equal(found.evaluated, 420);
    const number = Number(found.node.name.slice('node-'.length));
    assert.ok(number >= 900 || number < 320, found.node.name);
  });
});

describe('enoughNodes', () => {
  for (const [nodes, enough] of [
    [0, 0],
    [1, 1],
    [99, 99],
    [100, 100],
    [150, 100],
    [1000, 420],
    [5000, 500],
    [6000, 300],
    [20_000, 1000],
  ] as const)
    it(`of ${nodes} nodes: ${enough}`, () => assert.equal(enoughNodes(nodes), enough));
});
