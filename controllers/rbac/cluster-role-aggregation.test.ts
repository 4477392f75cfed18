import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { startTestControllers, type TestControllers } from '../../test/support/controllers.ts';
import { until } from '../../test/support/until.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';

describe('cluster role aggregation', () => {
  let cluster: TestControllers;
  before(async () => {
    cluster = await startTestControllers([clusterRoleAggregationController]);
  });
  after(() => cluster.stop());

  it('gives the roles for people their rules, also of roles that come later', async () => {
    const { client } = cluster;
    const verbsOn = async (name: string, resource: string): Promise<string[]> => {
      const { rules } = await client.get(clusterRoles, { name });
      return (rules ?? []).filter(({ resources }) => resources?.includes(resource)).flatMap(({ verbs }) => verbs);
    };
    await until(async () => (await verbsOn('admin', 'rolebindings')).includes('create'));
    await until(async () => (await verbsOn('admin', 'pods')).includes('watch'));
    assert.deepEqual(await verbsOn('view', 'secrets'), []);
    await client.create(clusterRoles, {
      metadata: { name: 'things', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] }],
    });
    await until(async () => (await verbsOn('admin', 'things')).includes('get'));
    await client.delete(clusterRoles, { name: 'things' });
    await until(async () => (await verbsOn('admin', 'things')).length === 0);
  });
});
