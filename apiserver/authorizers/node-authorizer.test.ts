import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { persistentVolumeClaims } from '../../api/resources/core/persistent-volume-claim.ts';
import { persistentVolumes } from '../../api/resources/core/persistent-volume.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { createUser } from '../authenticators/authenticator.ts';
import type { Attributes, Decision } from './authorizer.ts';
import type { AuthorizerChain } from './authorizer-chain.ts';
import { createNodeAuthorizer } from './node-authorizer.ts';

const kubelet = createUser({ name: 'system:node:n1', groups: ['system:nodes'] });

const pod: Pod = {
  metadata: { namespace: 'a', name: 'p' },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'sa',
    imagePullSecrets: [{ name: 'pull' }],
    containers: [
      {
        name: 'c',
        env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }],
        envFrom: [{ configMapRef: { name: 'from' } }],
      },
    ],
    volumes: [
      { name: 's', secret: { secretName: 'mounted' } },
      { name: 'p', projected: { sources: [{ configMap: { name: 'projected' } }] } },
      { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
      { name: 'e', ephemeral: {} },
    ],
  },
};

describe('Node authorizer', () => {
  let cache: FakeCacheReader;
  let authorizer: AuthorizerChain;
  beforeEach(() => {
    cache = new FakeCacheReader();
    authorizer = createNodeAuthorizer({ ...createTestDeps(), cache });
  });
  const ask = (verb: string, resource: string, more: Partial<Attributes> = {}): Decision => {
    const [plural = '', subresource = ''] = resource.split('/');
    return authorizer.authorize({
      user: kubelet,
      verb,
      path: '',
      isResource: true,
      group: '',
      version: 'v1',
      resource: plural,
      subresource,
      namespace: '',
      name: '',
      ...more,
    }) as Decision;
  };
  const inA = (name: string): Partial<Attributes> => ({ namespace: 'a', name });

  it('has no opinion on others', () => {
    assert.deepEqual(ask('get', 'nodes', { user: createUser({ name: 'jane' }) }), { kind: 'noOpinion', reason: '' });
    const nameless = createUser({ name: 'system:node:', groups: ['system:nodes'] });
    assert.equal(ask('get', 'nodes', { user: nameless }).reason, 'unknown node for user "system:node:"');
  });

  it('does not list the rules of kubelets, and says so', () => {
    assert.equal(authorizer.rulesFor(kubelet, 'a').incomplete, true);
    assert.equal(authorizer.rulesFor(createUser({ name: 'jane' }), 'a').incomplete, false);
  });

  it('reads what pods on the node refer to, and nothing else', () => {
    assert.equal(
      ask('get', 'secrets', inA('mounted')).reason,
      "no relationship found between node 'n1' and this object",
    );
    cache.put(pods, pod);
    for (const name of ['mounted', 'env', 'pull']) assert.equal(ask('get', 'secrets', inA(name)).kind, 'allow', name);
    for (const name of ['from', 'projected']) assert.equal(ask('watch', 'configmaps', inA(name)).kind, 'allow', name);
    for (const name of ['claim', 'p-e']) {
      assert.equal(ask('get', 'persistentvolumeclaims', inA(name)).kind, 'allow', name);
    }
    assert.equal(ask('create', 'serviceaccounts/token', inA('sa')).kind, 'allow');
    assert.equal(ask('get', 'secrets', inA('other')).kind, 'noOpinion');
    assert.equal(ask('get', 'secrets', { namespace: 'b', name: 'mounted' }).kind, 'noOpinion');
    assert.equal(ask('list', 'secrets', { namespace: 'a' }).reason, 'No Object name found');
    assert.equal(ask('update', 'secrets', inA('mounted')).reason, 'can only read resources of this type');
  });

  it('knows no pod without a namespace', () => {
    cache.put(pods, pod);
    assert.equal(ask('get', 'pods', { name: 'p' }).kind, 'noOpinion');
  });

  it('forgets with the pod', () => {
    cache.put(pods, pod);
    assert.equal(ask('get', 'secrets', inA('mounted')).kind, 'allow');
    cache.delete(pods, { namespace: 'a', name: 'p' });
    assert.equal(ask('get', 'secrets', inA('mounted')).kind, 'noOpinion');
  });

  it('takes no word of a mirror pod', () => {
    cache.put(pods, { ...pod, metadata: { ...pod.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } });
    assert.equal(ask('get', 'secrets', inA('mounted')).kind, 'noOpinion');
  });

  it('follows claims to volumes and their secrets', () => {
    cache.put(pods, pod);
    cache.put(persistentVolumeClaims, { metadata: { namespace: 'a', name: 'claim' }, spec: { volumeName: 'pv' } });
    cache.put(persistentVolumes, {
      metadata: { name: 'pv' },
      spec: {
        claimRef: { namespace: 'a', name: 'claim' },
        csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'store', name: 'stage' } },
      },
    });
    assert.equal(ask('get', 'persistentvolumes', { name: 'pv' }).kind, 'allow');
    assert.equal(ask('get', 'secrets', { namespace: 'store', name: 'stage' }).kind, 'allow');
    assert.equal(ask('get', 'persistentvolumes', { name: 'other' }).kind, 'noOpinion');
    assert.equal(ask('list', 'persistentvolumes').reason, 'can only get individual resources of this type');
  });

  const cases: [string, string, Partial<Attributes>, string | true][] = [
    ['get', 'nodes', { name: 'n1' }, true],
    ['get', 'nodes', { name: 'n2' }, "node 'n1' cannot read 'n2', only its own Node object"],
    ['list', 'nodes', {}, "node 'n1' cannot read all nodes, only its own Node object"],
    ['patch', 'nodes/status', { name: 'n1' }, true],
    ['delete', 'nodes', { name: 'n1' }, ''],
    ['list', 'pods', { fieldSelector: 'spec.nodeName=n1' }, true],
    ['list', 'pods', {}, 'can only list/watch pods with spec.nodeName field selector'],
    [
      'list',
      'pods',
      { fieldSelector: 'spec.nodeName=n2' },
      'can only list/watch pods with spec.nodeName field selector',
    ],
    ['create', 'pods/eviction', inA('p'), true],
    ['create', 'pods/exec', inA('p'), ''],
    ['update', 'leases', { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n1' }, true],
    [
      'update',
      'leases',
      { group: 'coordination.k8s.io', namespace: 'kube-node-lease', name: 'n2' },
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'get',
      'leases',
      { group: 'coordination.k8s.io', namespace: 'default', name: 'n1' },
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    [
      'get',
      'csinodes',
      { group: 'storage.k8s.io', name: 'n2' },
      'can only access CSINode with the same name as the requesting node',
    ],
    ['list', 'services', {}, true],
    ['create', 'events', { namespace: 'a' }, true],
    ['create', 'deployments', { group: 'apps', namespace: 'a' }, ''],
  ];
  for (const [verb, resource, more, expected] of cases) {
    it(`${verb} ${resource} ${JSON.stringify(more)}: ${expected === true ? 'yes' : 'no'}`, () => {
      const decision = ask(verb, resource, more);
      assert.equal(decision.kind, expected === true ? 'allow' : 'noOpinion');
      assert.equal(decision.reason, expected === true ? '' : expected);
    });
  }
});
