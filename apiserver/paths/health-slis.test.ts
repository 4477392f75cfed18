import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createHealthSlis } from './health-slis.ts';

describe('indicators of health', () => {
  it('keep the last result of a check and count all', async () => {
    const { observe, registry } = createHealthSlis();
    observe('readyz', 'etcd', 'error');
    observe('readyz', 'etcd', 'success');
    observe('livez', 'ping', 'success');
    assert.equal(
      await registry.metrics(),
      [
        '# HELP kubernetes_healthcheck [STABLE] This metric records the result of a single healthcheck.',
        '# TYPE kubernetes_healthcheck gauge',
        'kubernetes_healthcheck{name="etcd",type="readyz"} 1',
        'kubernetes_healthcheck{name="ping",type="livez"} 1',
        '',
        '# HELP kubernetes_healthchecks_total [STABLE] This metric records the results of all healthcheck.',
        '# TYPE kubernetes_healthchecks_total counter',
        'kubernetes_healthchecks_total{name="etcd",status="error",type="readyz"} 1',
        'kubernetes_healthchecks_total{name="etcd",status="success",type="readyz"} 1',
        'kubernetes_healthchecks_total{name="ping",status="success",type="livez"} 1',
        '',
      ].join('\n'),
    );
  });
});
