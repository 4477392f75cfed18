import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { orderHookChecks } from './health-checks.ts';

describe('checks of post-start hooks', () => {
  const hook = (name: string) => ({ name: `poststarthook/${name}`, check: () => {} });

  it('stand in the order of upstream, those it does not have last', () => {
    const checks = orderHookChecks(
      [hook('mine'), hook('rbac/bootstrap-roles'), hook('bootstrap-controller')],
      () => true,
    );
    const names = checks.map(({ name }) => name);
    const at = (name: string): number => names.indexOf(`poststarthook/${name}`);
    assert.ok(at('storage-readiness') < at('rbac/bootstrap-roles'));
    assert.ok(at('rbac/bootstrap-roles') < at('bootstrap-controller'));
    assert.equal(names.at(-1), 'poststarthook/mine');
    assert.equal(new Set(names).size, names.length);
  });

  it('hold for parts of the server when its cache is loaded', () => {
    let isLoaded = false;
    const check = orderHookChecks([], () => isLoaded).find(({ name }) => name === 'autoregister-completion')!;
    assert.throws(() => check.check(), /not finished/);
    isLoaded = true;
    assert.doesNotThrow(() => check.check());
  });

  it('leave out hooks of upstream that did not come', () => {
    const names = orderHookChecks([], () => true).map(({ name }) => name);
    assert.ok(!names.includes('poststarthook/rbac/bootstrap-roles'));
  });
});
