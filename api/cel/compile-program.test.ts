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
    ['"xaay".findAll("a*")', ['', 'aa', '']],
    ['"abc".find("x")', ''],
    ['claims.sub.matches("^ja")', true],
    ['claims.sub.matches("(?i)^JANE$")', true],
    ['"\\u00e9x".matches("^.x$")', true],
    ['claims.roles.exists(r, r.matches("^d.v$")) ? claims.roles.filter(r, !r.matches("dev")) : []', ['ops']],
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

  // A regular expression that goes back would take longer than the universe has.
  for (const expression of [
    'claims.text.matches("^(a+)+$")',
    'claims.text.matches(claims.pattern)',
    '[claims.text].exists(t, t.matches("^(a+)+$"))',
    '[claims.text].filter(t, t.matches("^(a|a)*$")).size() > 0',
    'claims.text.find("^(a+)+$") != ""',
    'claims.text.findAll("^(a*)*$").size() > 0',
  ]) {
    it(`nobody makes ${expression} slow`, () => {
      const slow = { text: `${'a'.repeat(5000)}!`, pattern: '^(a+)+$' };
      assert.equal(compile(expression).run({ claims: slow }), false);
    });
  }

  it("tells what is wrong with a regular expression in Go's words", () => {
    const run = (pattern: string) => () => compile(`claims.sub.matches(${JSON.stringify(pattern)})`).run({ claims });
    assert.throws(run('['), /error parsing regexp: missing closing \]: `\[`/);
    assert.throws(run('(?=a)'), /error parsing regexp: invalid or unsupported Perl syntax: `\(\?=`/);
  });

  it('has no name for what stands for matches', () => {
    assert.equal(compileProgram(claimsEnvironment(), 'claims.sub.@matches("a")').kind, 'error');
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
