import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { limitCost, perCallLimit, type Runnable } from './cost-limit.ts';
import { loadCel } from './load-cel.ts';

const { Environment } = loadCel();
const environment = new Environment({ enableOptionalTypes: true })
  .registerVariable('items', 'list<int>')
  .registerVariable('text', 'string')
  .registerVariable('object', 'dyn');

function run(expression: string, variables: Record<string, unknown>, limit?: number): unknown {
  const parsed = environment.parse(expression);
  assert.equal(parsed.check().valid, true, expression);
  return limitCost(parsed as unknown as Runnable, limit)(variables);
}

const numbers = (count: number): bigint[] => Array.from({ length: count }, (_, i) => BigInt(i));
const tooMuch = { message: 'operation cancelled: actual cost limit exceeded' };

describe('the cost of CEL expressions', () => {
  for (const [expression, cost] of [
    ['true', 0],
    ['object.spec.replicas <= 5', 4],
    ['[1, 2] == [1, 2]', 11 + 2 + 11 + 2 + 1],
    ['{"a": 1}.a == 1', 31 + 1 + 1],
    ['text.startsWith("0123456789")', 1 + 10 + 1 + 1],
    ['5 in items', 1 + 100 + 1],
    ['has(object.spec) && object.spec.replicas == 5', 6],
  ] as const)
    it(`${expression} costs ${cost}`, () => {
      const variables = { items: numbers(100), text: 'x'.repeat(100), object: { spec: { replicas: 5n } } };
      run(expression, variables, cost);
      if (cost > 0) assert.throws(() => run(expression, variables, cost - 0.5), tooMuch);
    });

  it('grows with what macros go through', () => {
    const all = 'items.all(x, items.all(y, x * y >= 0))';
    assert.equal(run(all, { items: numbers(100) }), true);
    assert.throws(() => run(all, { items: numbers(1000) }), tooMuch);
    assert.throws(
      () => run('items.map(x, items.map(y, items.filter(z, z > x))).size() > 0', { items: numbers(200) }),
      tooMuch,
    );
  });

  it('grows with texts that are looked at over and over', () => {
    const text = 'a'.repeat(10_000);
    assert.equal(run('items.all(x, !text.contains("b"))', { items: numbers(100), text }), true);
    assert.throws(() => run('items.all(x, !text.contains("b"))', { items: numbers(1000), text }), tooMuch);
  });

  it('is not forgiven by an operator that passes over errors', () => {
    const endless = 'items.all(x, items.all(y, x * y >= 0))';
    for (const expression of [`${endless} || true`, `true || ${endless}`, `(${endless} && false) || true`]) {
      const isEvaluated = !expression.startsWith('true');
      if (isEvaluated) assert.throws(() => run(expression, { items: numbers(1000) }), tooMuch, expression);
      else assert.equal(run(expression, { items: numbers(1000) }), true);
    }
  });

  it('begins anew with every run', () => {
    const parsed = environment.parse('items.exists(x, x == 5)');
    parsed.check();
    const limited = limitCost(parsed as unknown as Runnable, 100);
    for (let i = 0; i < 10; i++) assert.equal(limited({ items: numbers(10) }), true);
    assert.throws(() => limited({ items: numbers(3).concat(Array<bigint>(50).fill(6n)) }), tooMuch);
    assert.equal(limited({ items: numbers(10) }), true);
    assert.equal(perCallLimit, 1_000_000);
  });
});
