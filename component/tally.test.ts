import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { collectedMetric } from './metrics.ts';
import { samplesOf, Tally } from './tally.ts';

describe('tally', () => {
  it('is scraped as a histogram', async () => {
    const registry = new Registry();
    const tally = new Tally([0.1, 1]);
    collectedMetric(registry, { type: 'histogram', name: 'took_seconds', help: 'How long.' }, () =>
      samplesOf(tally, { verb: 'GET' }),
    );
    assert.equal(await registry.metrics(), '# HELP took_seconds How long.\n# TYPE took_seconds histogram\n');
    for (const value of [0, 0.1, 0.5, 7]) tally.observe(value);
    assert.equal(
      await registry.metrics(),
      [
        '# HELP took_seconds How long.',
        '# TYPE took_seconds histogram',
        'took_seconds_bucket{verb="GET",le="0.1"} 2',
        'took_seconds_bucket{verb="GET",le="1"} 3',
        'took_seconds_bucket{verb="GET",le="+Inf"} 4',
        'took_seconds_sum{verb="GET"} 7.6',
        'took_seconds_count{verb="GET"} 4',
        '',
      ].join('\n'),
    );
  });
});
