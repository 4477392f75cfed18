import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ResourceAttributes } from '../../api/schema/generated/authorization-v1.ts';
import { fieldSelectorText, labelSelectorText, validateSelectors } from './review-selectors.ts';

const at = 'spec.resourceAttributes';

describe('selectors of access reviews', () => {
  const labelKey =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const wrong: [string, ResourceAttributes, string[]][] = [
    ['none', {}, []],
    [
      'field without key and values',
      { fieldSelector: { requirements: [{ key: '', operator: 'In' }] } },
      [
        `${at}.fieldSelector.requirements[0].key: Required value: must be specified`,
        `${at}.fieldSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      ],
    ],
    [
      'label that is none',
      { labelSelector: { requirements: [{ key: 'a b', operator: 'In', values: ['c'] }] } },
      [`${at}.labelSelector.requirements[0].key: Invalid value: "a b": ${labelKey}`],
    ],
    ['unknown operator', { labelSelector: { requirements: [{ key: 'a', operator: 'Bogus' }] } }, []],
  ];
  for (const [name, attributes, expected] of wrong) {
    it(`says what is wrong: ${name}`, () => assert.deepEqual(validateSelectors(attributes).map(String), expected));
  }

  const value = { key: 'a', operator: 'In', values: ['x,y'] };
  const fields = [
    ['one value', { requirements: [value] }, { text: 'a=x\\,y' }],
    ['several values', { requirements: [{ ...value, values: ['x', 'y'] }] }, { text: '', ignored: 'all' }],
    ['existence', { requirements: [value, { key: 'b', operator: 'Exists' }] }, { text: 'a=x\\,y', ignored: 'part' }],
    ['text', { rawSelector: 'a==b' }, { text: 'a=b' }],
    ['bad text', { rawSelector: 'a' }, { text: '', ignored: 'all' }],
  ] as const;
  for (const [name, selector, expected] of fields) {
    it(`asks about fields: ${name}`, () => assert.deepEqual(fieldSelectorText(selector as never), expected));
  }

  it('leaves out what it does not know of labels', () => {
    const requirements = [
      { key: 'a', operator: 'Bogus' },
      { key: 'b', operator: 'Exists' },
    ];
    assert.deepEqual(labelSelectorText({ requirements }), { text: 'b', ignored: 'part' });
    assert.deepEqual(labelSelectorText({ requirements: requirements.slice(0, 1) }), { text: '', ignored: 'all' });
    assert.deepEqual(labelSelectorText({ rawSelector: '!!' }), { text: '', ignored: 'all' });
  });
});
