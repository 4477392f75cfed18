import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PriorityLevelConfigurationSpec } from '../../api/schema/generated/flowcontrol-v1.ts';
import { defaultLevels } from './default-objects.ts';
import { limitsOf, queueSetConfigOf } from './level-limits.ts';

describe('limits of priority levels', () => {
  it('divide the seats of a server as upstream does', () => {
    const limits = limitsOf(
      defaultLevels.map(({ spec }) => spec!),
      600,
    );
    const byName = Object.fromEntries(
      defaultLevels.map(({ metadata }, at) => [
        metadata.name,
        [limits[at]!.nominal, limits[at]!.lower, limits[at]!.maxSeats],
      ]),
    );
    assert.deepEqual(byName, {
      exempt: [0, 0, 0],
      'catch-all': [13, 13, 0],
      system: [74, 50, 12],
      'node-high': [98, 73, 15],
      'leader-election': [25, 25, 4],
      'workload-high': [98, 49, 15],
      'workload-low': [245, 24, 37],
      'global-default': [49, 24, 8],
    });
  });

  it('bound what is borrowed where they say so', () => {
    const limited = { nominalConcurrencyShares: 10, limitResponse: { type: 'Reject' } } as const;
    const [free, bound] = limitsOf(
      [
        { type: 'Limited', limited },
        { type: 'Limited', limited: { ...limited, borrowingLimitPercent: 50 } },
      ],
      100,
    );
    assert.equal(free!.upper, 150);
    assert.equal(bound!.upper, 75);
  });

  const queuing = { queues: 4, handSize: 2, queueLengthLimit: 10 };
  const configs: [string, string, PriorityLevelConfigurationSpec | undefined, unknown][] = [
    [
      'queues',
      'a',
      { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } },
      { isExempt: false, queuing },
    ],
    ['no queues', 'a', { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } }, { isExempt: false }],
    ['exempt', 'exempt', { type: 'Exempt' }, { isExempt: true }],
    ['exempt under another name', 'a', { type: 'Exempt' }, undefined],
    [
      'limited under the name exempt',
      'exempt',
      { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
      undefined,
    ],
    [
      'queues that are not described',
      'a',
      { type: 'Limited', limited: { limitResponse: { type: 'Queue' } } },
      undefined,
    ],
    [
      'a hand of more than there are',
      'a',
      { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: { ...queuing, handSize: 5 } } } },
      undefined,
    ],
    ['nothing', 'a', undefined, undefined],
  ];
  for (const [what, name, spec, expected] of configs)
    it(`are read from their objects: ${what}`, () => assert.deepEqual(queueSetConfigOf(name, spec), expected));
});
