import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { escapeValue, parseFieldSelector } from './field-selector.ts';

describe('field selector', () => {
  const read = (field: string): string => ({ 'metadata.name': 'a', 'spec.x': 'p,q=r\\' })[field] ?? '';

  it('compares fields', () => {
    assert.equal(parseFieldSelector('metadata.name=a').matches(read), true);
    assert.equal(parseFieldSelector('metadata.name==a,absent=').matches(read), true);
    assert.equal(parseFieldSelector('metadata.name!=a').matches(read), false);
    assert.equal(parseFieldSelector('').matches(read), true);
    assert.equal(parseFieldSelector(',').requirements.length, 0);
  });

  it('unescapes values and writes them escaped again', () => {
    const selector = parseFieldSelector('spec.x=p\\,q\\=r\\\\');
    assert.equal(selector.matches(read), true);
    assert.equal(selector.toString(), 'spec.x=p\\,q\\=r\\\\');
    assert.equal(escapeValue('a=b'), 'a\\=b');
  });

  it('tells the value a field must have', () => {
    const selector = parseFieldSelector('metadata.name=a,status.phase!=x');
    assert.equal(selector.requiredValue('metadata.name'), 'a');
    assert.equal(selector.requiredValue('status.phase'), undefined);
  });

  const refused: readonly (readonly [string, string])[] = [
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['a in (b)', "invalid selector: 'a in (b)'; can't understand 'a in (b)'"],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
    ['a=b\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ];
  for (const [text, message] of refused) {
    it(`refuses ${text}`, () => assert.throws(() => parseFieldSelector(text), { message }));
  }
});
