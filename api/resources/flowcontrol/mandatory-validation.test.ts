import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { validateFlowSchema } from './flow-schema-validation.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';

describe('objects of flow control that must stay', () => {
  it('shows a catch-all schema as the server holds it', () => {
    const spec = {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10_000,
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: '*' } }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        },
      ],
    };
    assert.deepEqual(validateFlowSchema({ metadata: { name: 'catch-all' }, spec }).map(String), [
      'spec: Invalid value: {"PriorityLevelConfiguration":{"Name":"catch-all"},"MatchingPrecedence":10000,"DistinguisherMethod":null,"Rules":[{"Subjects":[{"Kind":"ServiceAccount","User":null,"Group":null,"ServiceAccount":{"Namespace":"n","Name":"*"}}],"ResourceRules":null,"NonResourceRules":[{"Verbs":["*"],"NonResourceURLs":["*"]}]}]}: spec of \'catch-all\' must equal the fixed value',
    ]);
  });

  it('lets the exempt level change in nothing but its shares', () => {
    const limited = { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } };
    assert.deepEqual(
      validatePriorityLevel({ metadata: { name: 'exempt' }, spec: { type: 'Limited', limited } }).map(String),
      [
        "spec.type: Invalid value: \"Limited\": must be 'Exempt' if and only if `name` is 'exempt'",
        'spec: Invalid value: {"Type":"Limited","Limited":{"NominalConcurrencyShares":5,"LimitResponse":{"Type":"Reject","Queuing":null},"LendablePercent":null,"BorrowingLimitPercent":null},"Exempt":null}: spec of \'exempt\' except the \'spec.exempt\' field must equal the fixed value',
      ],
    );
    const spec = { type: 'Exempt', exempt: { nominalConcurrencyShares: 7 } };
    assert.deepEqual(validatePriorityLevel({ metadata: { name: 'exempt' }, spec }), []);
  });
});
