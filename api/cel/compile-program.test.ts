import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { accessReviewEnvironment, claimsEnvironment, userEnvironment } from './cel-environments.ts';
import { compileProgram, type CelProgram } from './compile-program.ts';

const compile = (expression: string, environment = claimsEnvironment()): CelProgram => {
  const outcome = compileProgram(environment, expression);
  assert.ok(outcome.kind === 'program', JSON.stringify(outcome));
  return outcome.program;
};

describe('running CEL expressions', () => {
  const claims = { sub: 'jane', roles: ['dev', 'ops'], level: 3, ratio: 0.5, realm: { admin: true } };
  for (const [expression, value] of [
    ['claims.sub', 'jane'],
    ['"oidc:" + claims.sub', 'oidc:jane'],
    ['claims.roles.map(r, "role:" + r)', ['role:dev', 'role:ops']],
    ['claims.level == 3 && claims.ratio < 1.0', true],
    ['claims.?department.orValue("none")', 'none'],
    ['has(claims.realm) && claims.realm.admin', true],
    ['"abcbd".replace("b", "-")', 'a-c-d'],
    ['"abcbd".replace("b", "-", 1)', 'a-cbd'],
    ['"abc".charAt(1)', 'b'],
    ['"a1b22".find("[0-9]+")', '1'],
    ['"a1b22".findAll("[0-9]+")', ['1', '22']],
    ['"a1b22".findAll("[0-9]+", 1)', ['1']],
    ['[1, 3, 2].isSorted()', false],
    ['[1, 3, 2].max() == 3 && [1, 3, 2].min() == 1 && [1, 3].sum() == 4', true],
    ['["a", "b", "a"].lastIndexOf("a") == 2', true],
  ] as const)
    it(`${expression} is ${JSON.stringify(value)}`, () => {
      assert.deepEqual(compile(expression).run({ claims }), value);
    });

  it('fails where a claim is not there', () => {
    assert.throws(() => compile('claims.department').run({ claims }), /No such key: department/);
  });

  it('refuses what can only be checked', () => {
    assert.deepEqual(compileProgram(claimsEnvironment(), 'quantity(claims.size).isLessThan(quantity("1Gi"))'), {
      kind: 'error',
      message: 'compilation failed: the function isLessThan is not supported',
    });
    assert.match(JSON.stringify(compileProgram(claimsEnvironment(), 'sets.contains([1], [1])')), /compilation failed/);
    assert.match(JSON.stringify(compileProgram(claimsEnvironment(), 'user.name')), /undeclared reference to 'user'/);
  });

  it('tells what is read', () => {
    assert.ok(compile('claims.email + "x"').reads('claims', 'email'));
    assert.ok(compile('claims.?email.orValue("")').reads('claims', 'email'));
    assert.ok(!compile('claims.email_verified').reads('claims', 'email'));
    assert.ok(!compile('claims.nested.email').reads('claims', 'email'));
  });

  it('knows users and access reviews', () => {
    const user = { username: 'system:jane', uid: '', groups: ['a'], extra: {} };
    assert.equal(compile('!user.username.startsWith("system:")', userEnvironment()).run({ user }), false);
    const isOfKubeSystem = compile(
      'has(request.resourceAttributes) && request.resourceAttributes.namespace == "kube-system"',
      accessReviewEnvironment(),
    );
    assert.equal(isOfKubeSystem.run({ request: { resourceAttributes: { namespace: 'kube-system' } } }), true);
    assert.equal(isOfKubeSystem.run({ request: { nonResourceAttributes: { path: '/' } } }), false);
  });
});
