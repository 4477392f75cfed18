import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  everything,
  formatLabelSelector,
  labelSelectorOf,
  nothing,
  parseLabelSelector,
  selectorFromLabels,
  SelectorError,
} from './label-selector.ts';

describe('label selector', () => {
  const labels = { env: 'prod', tier: 'web', num: '7', empty: '' };

  const matching: readonly (readonly [selector: string, matches: boolean])[] = [
    ['', true],
    ['   ', true],
    ['env=prod', true],
    ['env==prod,tier = web', true],
    ['env=dev', false],
    ['env!=dev', true],
    ['absent!=x', true],
    ['env in (dev, prod)', true],
    ['env in (dev)', false],
    ['env notin (dev)', true],
    ['absent notin (a)', true],
    ['env', true],
    ['!env', false],
    ['! absent', true],
    ['num>6', true],
    ['num<7', false],
    ['env>1', false],
    ['empty=', true],
    ['empty in ()', true],
    ['empty in (,a)', true],
    ['empty in (a,)', true],
    ['in in (notin)', false],
  ];
  for (const [text, matches] of matching) {
    it(`"${text}" ${matches ? 'matches' : 'does not match'}`, () => {
      assert.equal(parseLabelSelector(text).matches(labels), matches);
    });
  }

  const refused: readonly (readonly [selector: string, message: string | RegExp])[] = [
    ['env=prod=x', "found '=', expected: ',' or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['env in', "unable to parse requirement: found '' expected: '('"],
    ['env in (prod', "unable to parse requirement: found '', expected: ',' or ')'"],
    [',env', "found ',', expected: !, identifier, or 'end of string'"],
    ['env,', "found '', expected: identifier after ','"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['env=!x', "unable to parse requirement: found '!', expected: identifier"],
    [
      'num>abc',
      `unable to parse requirement: values[0]: Invalid value: "abc": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['-bad', /^unable to parse requirement: <nil>: Invalid value: "-bad": name part must consist of/],
    [`env=${'x'.repeat(64)}`, /values\[0\]\[env\]: Invalid value: "x+": must be no more than 63 bytes$/],
  ];
  for (const [text, message] of refused) {
    it(`refuses "${text}" in upstream's words`, () => {
      assert.throws(() => parseLabelSelector(text), { name: 'SelectorError', message });
    });
  }

  it('writes itself sorted by key', () => {
    const text = 'b in (y,x,x),!a,d!=1,c,e>5';
    assert.equal(parseLabelSelector(text).toString(), '!a,b in (x,y),c,d!=1,e>5');
    assert.equal(parseLabelSelector(parseLabelSelector(text).toString()).toString(), '!a,b in (x,y),c,d!=1,e>5');
  });

  it('reads LabelSelector objects', () => {
    const selector = labelSelectorOf({
      matchLabels: { env: 'prod' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['web', 'db'] },
        { key: 'x', operator: 'DoesNotExist' },
      ],
    });
    assert.equal(selector.toString(), 'env=prod,tier in (db,web),!x');
    assert.equal(selector.matches(labels), true);
    assert.equal(labelSelectorOf(undefined).matches(labels), false);
    assert.equal(labelSelectorOf({}).matches(undefined), true);
    assert.throws(
      () => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Bogus' }] }),
      new SelectorError('"Bogus" is not a valid label selector operator'),
    );
    assert.throws(
      () => labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
      /values set can't be empty/,
    );
  });

  it('treats keys of prototypes as data', () => {
    assert.equal(parseLabelSelector('constructor').matches({}), false);
    assert.equal(selectorFromLabels({ ['__proto__']: 'x' }).matches({}), false);
  });

  it('prints as kubectl does', () => {
    assert.equal(formatLabelSelector({}), '<none>');
    assert.equal(formatLabelSelector({ matchLabels: { a: 'b' } }), 'a=b');
    assert.equal(formatLabelSelector({ matchExpressions: [{ key: 'a', operator: 'Bogus' }] }), '<error>');
  });

  it('has the two extremes', () => {
    assert.equal(everything.matches(null), true);
    assert.equal(nothing.matches(labels), false);
    assert.equal(nothing.matchesNothing, true);
    assert.equal(selectorFromLabels({ env: 'prod' }).matches(labels), true);
  });
});
