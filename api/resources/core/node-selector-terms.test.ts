import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { NodeSelectorTerm } from '../../schema/generated/core-v1.ts';
import { matchesNodeSelectorTerms } from './node-selector-terms.ts';

describe('node selector terms', () => {
  const node = { metadata: { name: 'n1', labels: { zone: 'a', cores: '9007199254740993', rack: 'r7' } } };
  const expression = (key: string, operator: string, ...values: string[]): NodeSelectorTerm => ({
    matchExpressions: [{ key, operator, values }],
  });
  const cases: readonly (readonly [what: string, terms: readonly NodeSelectorTerm[], holds: boolean])[] = [
    ['no term', [], false],
    ['a term without requirements', [{}], false],
    ['In', [expression('zone', 'In', 'b', 'a')], true],
    ['In of a label that is not there', [expression('region', 'In', 'a')], false],
    ['NotIn', [expression('zone', 'NotIn', 'a')], false],
    ['NotIn of a label that is not there', [expression('region', 'NotIn', 'a')], true],
    ['Exists', [expression('zone', 'Exists')], true],
    ['Exists of a name that every object of JavaScript has', [expression('constructor', 'Exists')], false],
    ['DoesNotExist', [expression('region', 'DoesNotExist')], true],
    ['Gt, beyond what a float tells apart', [expression('cores', 'Gt', '9007199254740992')], true],
    ['Lt', [expression('cores', 'Lt', '+9007199254740994')], true],
    ['Lt of what is no number', [expression('rack', 'Lt', '9')], false],
    ['Gt of nothing', [expression('cores', 'Gt')], false],
    ['an operator that there is not', [expression('zone', 'Near', 'a')], false],
    ['the name as a field', [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }], true],
    ['one of two terms', [expression('zone', 'In', 'b'), expression('zone', 'In', 'a')], true],
    [
      'one of two requirements',
      [
        {
          matchExpressions: [
            { key: 'zone', operator: 'In', values: ['a'] },
            { key: 'rack', operator: 'DoesNotExist' },
          ],
        },
      ],
      false,
    ],
  ];
  for (const [what, terms, holds] of cases)
    it(`${what}: ${holds ? 'holds' : 'does not hold'}`, () =>
      assert.equal(matchesNodeSelectorTerms(terms, node), holds));

  it('of a node without labels there is only what must not be there', () => {
    assert.equal(matchesNodeSelectorTerms([expression('zone', 'DoesNotExist')], { metadata: { name: 'n2' } }), true);
    assert.equal(matchesNodeSelectorTerms([expression('zone', 'Exists')], { metadata: { name: 'n2' } }), false);
  });
});
