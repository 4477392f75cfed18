import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { percentOf, resolvePort, scaledIntOrPercent } from './intstr.ts';

describe('int or string', () => {
  it('takes percentages of a total, rounding as asked', () => {
    assert.equal(scaledIntOrPercent(3, 10, 'up'), 3);
    assert.equal(scaledIntOrPercent('25%', 10, 'up'), 3);
    assert.equal(scaledIntOrPercent('25%', 10, 'down'), 2);
    assert.equal(scaledIntOrPercent('10%', 30, 'up'), 3);
    assert.equal(scaledIntOrPercent('0%', 30, 'up'), 0);
  });

  it('refuses other strings', () => {
    assert.throws(() => scaledIntOrPercent('5', 10, 'up'), /invalid type: string is not a percentage/);
    assert.throws(() => scaledIntOrPercent('x%', 10, 'up'), /invalid value "x%"/);
    assert.equal(percentOf('x'), undefined);
  });

  it('finds ports by name', () => {
    const ports = [{ name: 'http', containerPort: 80 }];
    assert.equal(resolvePort('http', ports), 80);
    assert.equal(resolvePort(8080, ports), 8080);
    assert.equal(resolvePort('absent', ports), undefined);
  });
});
