import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const group = '/apis/resource.k8s.io/v1/namespaces';

describe('admin access to devices', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
    const labels = { 'resource.kubernetes.io/admin-access': 'true' };
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'admins', labels } });
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'users' } });
  });
  after(() => api.stop());

  const claim = (adminAccess: boolean) => ({
    devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c', adminAccess } }] },
  });
  for (const { namespace, adminAccess, status } of [
    { namespace: 'admins', adminAccess: true, status: 201 },
    { namespace: 'users', adminAccess: true, status: 422 },
    { namespace: 'users', adminAccess: false, status: 201 },
  ])
    it(`${adminAccess ? 'is' : 'is not'} asked for in ${namespace}: ${status}`, async () => {
      const metadata = { generateName: 'c-' };
      for (const [plural, spec] of [
        ['resourceclaims', claim(adminAccess)],
        ['resourceclaimtemplates', { spec: claim(adminAccess) }],
      ] as const) {
        const answer = await api.send('POST', `${group}/${namespace}/${plural}`, { metadata, spec });
        assert.equal(answer.status, status);
        if (status === 422) assert.match(answer.body.message, /admin access to devices requires the `resource/);
      }
    });
});
