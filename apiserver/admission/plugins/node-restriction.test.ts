import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import type { KubeObject } from '../../../api/meta/object.ts';
import { leases } from '../../../api/resources/coordination/lease.ts';
import { nodes } from '../../../api/resources/core/node.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../../api/resources/core/service-account.ts';
import type { Node, Pod } from '../../../api/schema/generated/core-v1.ts';
import { alwaysDenyAuthorizer } from '../../authorizers/always-deny-authorizer.ts';
import { createUser } from '../../authenticators/authenticator.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../../test/support/admission.ts';
import type { AdmissionRequest } from '../admission.ts';
import { createNodeRestriction } from './node-restriction.ts';

const kubelet = createUser({ name: 'system:node:n1', groups: ['system:nodes'] });

describe('NodeRestriction', () => {
  let deps: TestAdmissionDeps;
  beforeEach(() => {
    deps = createAdmissionDeps({ authorizer: alwaysDenyAuthorizer });
  });
  const ask = (row: { readonly kind: string }, object: unknown, more: Partial<AdmissionRequest> = {}): Promise<void> =>
    run(createNodeRestriction(deps), admissionRequest(row, object as KubeObject, { user: kubelet, ...more }));
  const update = (oldObject: unknown, subresource = ''): Partial<AdmissionRequest> => ({
    operation: 'UPDATE',
    subresource,
    oldObject: oldObject as AdmissionRequest['oldObject'],
  });

  it('is for kubelets only', async () => {
    await ask(nodes, { metadata: { name: 'n2' } }, { user: createUser({ name: 'jane' }) });
    const nameless = createUser({ name: 'system:node:', groups: ['system:nodes'] });
    await assert.rejects(
      () => ask(nodes, { metadata: { name: 'n2' } }, { user: nameless }),
      /could not determine node from user/,
    );
  });

  describe('on nodes', () => {
    const node = (labels: Record<string, string> = {}, spec: Node['spec'] = {}, name = 'n1'): Node => ({
      metadata: { name, labels },
      spec,
    });
    it('lets a kubelet register itself', async () => {
      const labels = { 'kubernetes.io/hostname': 'n1', 'kubelet.kubernetes.io/x': '', own: 'label' };
      await ask(nodes, node(labels, { taints: [{ key: 'k', effect: 'NoSchedule' }] }));
    });
    for (const [name, next, old, message] of [
      ['another node', node({}, {}, 'n2'), undefined, 'node "n1" is not allowed to modify node "n2"'],
      [
        'labels that draw pods',
        node({ 'node-restriction.kubernetes.io/x': '', 'other.k8s.io/y': '' }),
        undefined,
        'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/x, other.k8s.io/y',
      ],
      [
        'a role',
        node({ 'node-role.kubernetes.io/x': '' }),
        node(),
        'is not allowed to modify labels: node-role.kubernetes.io/x',
      ],
      [
        'its taints',
        node(),
        node({}, { taints: [{ key: 'k', effect: 'NoSchedule' }] }),
        'node "n1" is not allowed to modify taints',
      ],
    ] as const) {
      it(`forbids ${name}`, async () => {
        await assert.rejects(() => ask(nodes, next, old ? update(old) : {}), {
          message: `nodes "${next.metadata.name}" is forbidden: ${message}`,
        });
      });
    }
  });

  describe('on pods', () => {
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'uid-nodes-n1', controller: true };
    const mirror = (spec: Partial<Pod['spec'] & object> = {}, metadata: Pod['metadata'] = {}): Pod => ({
      metadata: {
        namespace: 'a',
        name: 'p',
        annotations: { 'kubernetes.io/config.mirror': 'h' },
        ownerReferences: [owner],
        ...metadata,
      },
      spec: { nodeName: 'n1', containers: [{ name: 'c' }], ...spec },
    });
    beforeEach(() => void deps.cache.put(nodes, { metadata: { name: 'n1' } }));

    it('lets mirror pods of its own in', () => ask(pods, mirror()));
    for (const [name, object, message] of [
      ['other pods', mirror({}, { annotations: {} }), /does not have "kubernetes.io\/config.mirror" annotation/],
      ['pods elsewhere', mirror({ nodeName: 'n2' }), /can only create pods with spec.nodeName set to itself/],
      ['pods without owner', mirror({}, { ownerReferences: [] }), /with an owner reference set to itself/],
      [
        'pods of another node',
        mirror({}, { ownerReferences: [{ ...owner, uid: 'x' }] }),
        /UID mismatch: expected x got uid-nodes-n1/,
      ],
      [
        'secrets',
        mirror({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
        /can not create pods that reference secrets/,
      ],
      ['accounts', mirror({ serviceAccountName: 's' }), /can not create pods that reference a service account/],
    ] as const) {
      it(`forbids ${name}`, () => assert.rejects(() => ask(pods, object), message));
    }

    it('deletes and evicts only what runs on it', async () => {
      deps.cache.put(pods, mirror());
      deps.cache.put(pods, mirror({ nodeName: 'n2' }, { name: 'q' }));
      const remove = { operation: 'DELETE', namespace: 'a' } as const;
      await ask(pods, undefined, { ...remove, name: 'p' });
      await assert.rejects(
        () => ask(pods, undefined, { ...remove, name: 'q' }),
        /can only delete pods with spec.nodeName set to itself/,
      );
      const evict = { subresource: 'eviction', namespace: 'a', name: 'q' };
      await assert.rejects(() => ask(pods, { metadata: {} }, evict), /node n1 can only evict pods/);
      await assert.rejects(() => ask(pods, undefined, { ...remove, name: 'absent' }), { reason: 'NotFound' });
    });

    it('writes the status of its pods, without their labels', async () => {
      await ask(pods, mirror(), update(mirror(), 'status'));
      await assert.rejects(
        () => ask(pods, mirror(), update(mirror({ nodeName: 'n2' }), 'status')),
        /can only update pod status/,
      );
      const labelled = mirror({}, { labels: { a: 'b' } });
      await assert.rejects(
        () => ask(pods, labelled, update(mirror(), 'status')),
        /cannot update labels through pod status/,
      );
      await assert.rejects(() => ask(pods, mirror(), update(mirror())), /unexpected operation "UPDATE"/);
    });

    it('asks for tokens of its pods, for the audiences they mount', async () => {
      const uid = deps.cache.put(
        pods,
        mirror({
          volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } }],
        }),
      ).metadata.uid!;
      const token = (spec: object): Promise<void> =>
        ask(serviceAccounts, { metadata: {}, spec }, { subresource: 'token', namespace: 'a', name: 'sa' });
      const bound = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid };
      await token({ audiences: ['vault'], boundObjectRef: bound });
      await assert.rejects(() => token({ audiences: ['vault'] }), /node requested token not bound to a pod/);
      await assert.rejects(
        () => token({ audiences: ['other'], boundObjectRef: bound }),
        /audience "other" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience/,
      );
      await assert.rejects(
        () => token({ audiences: ['a', 'vault'], boundObjectRef: bound }),
        /may only request 0 or 1 audiences/,
      );
      await assert.rejects(() => token({ boundObjectRef: bound }), /audience "" not found in pod spec volume/);
      await assert.rejects(() => token({ boundObjectRef: { ...bound, uid: 'x' } }), /does not match the UID in record/);
    });
  });

  it('keeps leases apart', async () => {
    const lease = (name: string, namespace = 'kube-node-lease'): KubeObject => ({ metadata: { namespace, name } });
    await ask(leases, lease('n1'));
    await assert.rejects(() => ask(leases, lease('n2')), /can only access node lease with the same name/);
    await assert.rejects(
      () => ask(leases, lease('n1', 'default')),
      /can only access leases in the "kube-node-lease" system namespace/,
    );
  });
});
