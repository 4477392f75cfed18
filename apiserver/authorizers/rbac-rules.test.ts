import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { compactRules, describeRule, uncoveredRules, type Rule } from './rbac-rules.ts';

const rule = (verbs: string[], groups: string[], resources: string[], names?: string[]): Rule => ({
  verbs,
  apiGroups: groups,
  resources,
  ...(names ? { resourceNames: names } : {}),
});

describe('uncovered rules', () => {
  const pods = rule(['get', 'list'], [''], ['pods']);
  const cases: [string, Rule[], Rule[], string[]][] = [
    ['nothing wanted', [], [], []],
    ['the same', [pods], [pods], []],
    ['a part', [pods], [rule(['get'], [''], ['pods'])], []],
    [
      'another verb',
      [pods],
      [rule(['get', 'watch'], [''], ['pods'])],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["watch"]}'],
    ],
    ['wildcards cover', [rule(['*'], ['*'], ['*'])], [rule(['x'], ['y'], ['z', 'z/w'])], []],
    [
      'a wildcard is more',
      [pods],
      [rule(['*'], [''], ['pods'])],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}'],
    ],
    ['a subresource of all', [rule(['get'], [''], ['*/log'])], [rule(['get'], [''], ['pods/log'])], []],
    ['names within all names', [pods], [rule(['get'], [''], ['pods'], ['a'])], []],
    [
      'all names are more',
      [rule(['get'], [''], ['pods'], ['a'])],
      [rule(['get'], [''], ['pods'])],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ],
    ['held by several rules together', [rule(['get'], [''], ['pods']), rule(['list'], [''], ['pods'])], [pods], []],
    [
      'paths',
      [{ verbs: ['get'], nonResourceURLs: ['/a/*'] }],
      [{ verbs: ['get'], nonResourceURLs: ['/a/b', '/c'] }],
      ['{NonResourceURLs:["/c"], Verbs:["get"]}'],
    ],
  ];
  for (const [name, held, wanted, missing] of cases) {
    it(name, () => assert.deepEqual(uncoveredRules(held, wanted).map(describeRule), missing));
  }
});

describe('compact rules', () => {
  it('joins the verbs of rules about the same', () => {
    const parts = [rule(['get'], [''], ['pods']), rule(['get'], [''], ['nodes']), rule(['list'], [''], ['pods'])];
    assert.deepEqual(compactRules(parts).map(describeRule), [
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
    ]);
  });
});
