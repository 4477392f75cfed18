import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { describe, it } from 'mocha';
import { counter, exponentialBuckets, gauge, histogram } from './metrics.ts';

describe('metrics', () => {
  it('are made once in a registry and shared from then on', async () => {
    const registry = new Registry();
    const make = () => counter(registry, { name: 'a_total', help: 'A.', labelNames: ['x'] });
    make().inc({ x: '1' });
    make().inc({ x: '1' });
    assert.match(await registry.metrics(), /a_total{x="1"} 2/);
    assert.equal(gauge(registry, { name: 'g', help: 'G.' }), gauge(registry, { name: 'g', help: 'G.' }));
    const buckets = [1, 2];
    assert.equal(
      histogram(registry, { name: 'h', help: 'H.', buckets }),
      histogram(registry, { name: 'h', help: 'H.', buckets }),
    );
    assert.notEqual(make(), counter(new Registry(), { name: 'a_total', help: 'A.', labelNames: ['x'] }));
  });

  it('have exponential buckets', () => assert.deepEqual(exponentialBuckets(1, 2, 4), [1, 2, 4, 8]));
});
