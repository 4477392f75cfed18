import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { resources } from '../../api/resources/index.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';
import { inVersionOf } from './in-version.ts';

const merge = { 'content-type': 'application/merge-patch+json' };
const v1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
const v2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';

interface Entry {
  readonly apiVersion: string;
  readonly fieldsV1: { readonly 'f:spec': Readonly<Record<string, unknown>> };
}

describe('versions of one resource', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
  });
  after(() => api.stop());

  it('are told only of rows that are stored as another', () => {
    const named = (plural: string, version: string) =>
      inVersionOf(resources.find((row) => row.plural === plural && row.version === version)! as never);
    assert.equal(named('pods', 'v1'), undefined);
    assert.ok(named('horizontalpodautoscalers', 'v1'));
    assert.equal(named('horizontalpodautoscalers', 'v2')!({ metadata: {} } as never, 'autoscaling/v9'), undefined);
  });

  it('share who owns what: a field set in the one version is lost to its owner in the other', async () => {
    const spec = { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 5 };
    const target = { type: 'Utilization', averageUtilization: 50 };
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    await api.send('POST', v2, { metadata: { name: 'a' }, spec: { ...spec, metrics } });
    const { body } = await api.send('PATCH', `${v1}/a`, { spec: { targetCPUUtilizationPercentage: 70 } }, merge);
    const owned = Object.fromEntries(
      (body.metadata.managedFields as Entry[]).map(({ apiVersion, fieldsV1 }) => [
        apiVersion,
        Object.keys(fieldsV1['f:spec']),
      ]),
    );
    assert.deepEqual(owned['autoscaling/v1'], ['f:targetCPUUtilizationPercentage']);
    assert.ok(!owned['autoscaling/v2']!.includes('f:metrics'));
  });
});
