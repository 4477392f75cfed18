import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { admissionPlugins } from '../../apiserver/admission/index.ts';
import { flagsOf } from './guards.ts';
import { completePod, plainPod } from './pods.ts';
import { fallOf, formatReport, median, type Comparison } from './report.ts';

const rounds = (...rates: number[]): { perSecond: number; cpuMicroseconds: number }[] =>
  rates.map((perSecond) => ({ perSecond, cpuMicroseconds: 1e6 / perSecond }));

describe('what rights and admission cost', () => {
  it('takes the median', () => {
    for (const [values, expected] of [[[3], 3], [[4, 1], 2.5], [[9, 1, 2], 2], [[4, 3, 2, 1], 2.5]] as const)
      assert.equal(median(values), expected); // prettier-ignore
  });

  it('tells how far the rate of creates fell', () => {
    const comparison: Comparison = {
      pods: 'small pods',
      rounds: { all: rounds(80, 90, 200), none: rounds(100, 100, 200) },
    };
    assert.ok(Math.abs(fallOf(comparison) - 0.1) < 1e-9);
    assert.match(formatReport([comparison]), /small pods: 10\.0 % fewer creates a second with all on$/);
  });

  it('switches every plugin that is on by default off', () => {
    const [, disabled] = flagsOf('none');
    const names = disabled!.split('=')[1]!.split(',');
    assert.deepEqual(names, admissionPlugins.filter((plugin) => plugin.onByDefault).map(({ name }) => name)); // prettier-ignore
  });

  it('has pods of the same name and containers that say all and that do not', () => {
    const [plain, complete] = [plainPod(7), completePod(7)].map((text) => JSON.parse(text) as { metadata: object });
    assert.deepEqual(complete!.metadata, plain!.metadata);
    assert.ok(completePod(7).length > plainPod(7).length * 1.25);
  });
});
