import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { clusterRoleBindings } from '../../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../../api/resources/rbac/role-binding.ts';
import { roles } from '../../../api/resources/rbac/role.ts';
import { silentLogger } from '../../../component/logger.ts';
import { startTestApiServer, type TestApiServer } from '../../../test/support/api-server.ts';
import { reconcileBootstrapPolicy } from './reconcile-bootstrap-policy.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

describe('bootstrap policy', () => {
  let server: TestApiServer;
  before(async () => {
    server = await startTestApiServer({ config: { authorizationModes: ['RBAC'] } });
  });
  after(() => server.stop());
  const reconcile = (): Promise<void> =>
    reconcileBootstrapPolicy(server.client, { log: silentLogger }, new AbortController().signal);
  const ruleCount = async (name: string): Promise<number> =>
    (await server.client.get(clusterRoles, { name })).rules?.length ?? 0;

  it('is there once the server is ready', async () => {
    const count = async (ref: typeof roles): Promise<number> => (await server.client.list(ref)).items.length;
    assert.deepEqual(
      await Promise.all(
        [clusterRoles, clusterRoleBindings, roles, roleBindings].map((ref) => count(ref as typeof roles)),
      ),
      [69, 50, 7, 7],
    );
    const view = await server.client.get(clusterRoles, { name: 'view' });
    assert.deepEqual(view.metadata.labels, {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
    });
    assert.deepEqual(view.aggregationRule, {
      clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }],
    });
    const binding = await server.client.get(clusterRoleBindings, { name: 'system:controller:job-controller' });
    assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: 'job-controller', namespace: 'kube-system' }]);
    assert.deepEqual(binding.roleRef, {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'system:controller:job-controller',
    });
  });

  it('changes nothing the second time', async () => {
    const revisions = async (): Promise<(string | undefined)[]> =>
      (await server.client.list(clusterRoles)).items.map(({ metadata }) => metadata.resourceVersion);
    const earlier = await revisions();
    await reconcile();
    assert.deepEqual(await revisions(), earlier);
  });

  it('brings back what is gone, keeps what was added, and leaves alone who wants it', async () => {
    const { client } = server;
    await client.delete(clusterRoles, { name: 'system:basic-user' });
    const monitoring = await client.get(clusterRoles, { name: 'system:monitoring' });
    const added = { verbs: ['get'], nonResourceURLs: ['/own'] };
    await client.update(clusterRoles, { ...monitoring, rules: [added] });
    const proxier = await client.get(clusterRoles, { name: 'system:node-proxier' });
    const annotations = { ...proxier.metadata.annotations, [autoupdate]: 'false' };
    await client.update(clusterRoles, { ...proxier, metadata: { ...proxier.metadata, annotations }, rules: [] });
    const binding = await client.get(clusterRoleBindings, { name: 'system:discovery' });
    const joe = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'joe' };
    await client.update(clusterRoleBindings, { ...binding, subjects: [joe] });

    await reconcile();
    assert.equal(await ruleCount('system:basic-user'), 2);
    const repaired = await client.get(clusterRoles, { name: 'system:monitoring' });
    assert.deepEqual(repaired.rules![0], added);
    assert.ok(repaired.rules!.length > monitoring.rules!.length);
    assert.equal(await ruleCount('system:node-proxier'), 0);
    const { subjects } = await client.get(clusterRoleBindings, { name: 'system:discovery' });
    assert.deepEqual(
      subjects?.map(({ name }) => name),
      ['joe', 'system:authenticated'],
    );
  });

  it('lets everybody ask who they are, and nobody anonymous what there is', async () => {
    const { status } = await server.client.raw({
      method: 'GET',
      path: '/api/v1/namespaces',
      headers: { 'impersonate-user': 'jane' },
    });
    assert.equal(status, 403);
    const version = await server.client.raw({
      method: 'GET',
      path: '/version',
      headers: { 'impersonate-user': 'system:anonymous' },
    });
    assert.equal(version.status, 200);
  });
});
