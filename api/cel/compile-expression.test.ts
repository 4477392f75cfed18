import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { admissionEnvironment, deviceEnvironment } from './cel-environments.ts';
import { compileExpression } from './compile-expression.ts';

const anything =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const argument = anything.replace("'(',", "'(', ')',");

describe('compiling CEL expressions', () => {
  const environment = admissionEnvironment({
    hasParams: false,
    hasAuthorizer: true,
    variables: { count: 'int', names: 'list(string)' },
  });

  for (const [expression, type] of [
    ['true', 'bool'],
    ['1', 'int'],
    ['"a" + "b"', 'string'],
    ['["a"]', 'list(string)'],
    ['{"a": 1}', 'map(string, int)'],
    ['null', 'null_type'],
    ['object.spec.replicas <= 5', 'bool'],
    ['object.metadata.?labels["a"].orValue("b")', 'dyn'],
    ['object.spec.containers.all(c, c.image.startsWith("registry/"))', 'bool'],
    ['request.userInfo.groups', 'list(string)'],
    ['has(object.spec) && object.spec.x', 'bool'],
    ['authorizer.group("apps").resource("deployments").check("create").allowed()', 'bool'],
    ['quantity("1Gi").isLessThan(quantity(object.x))', 'bool'],
    ['url("https://a").getHost()', 'string'],
    ['sets.contains([1], [1])', 'dyn'],
    ['Object{spec: Object.spec{replicas: 1}}', 'dyn'],
    ['variables.count', 'int'],
    ['variables.names', 'list(string)'],
  ] as const)
    it(`${expression} is ${type}`, () => {
      assert.deepEqual(compileExpression(environment, expression), { kind: 'type', type });
    });

  for (const [expression, ...errors] of [
    ['x(', '1:3', `Syntax error: mismatched input '<EOF>' expecting ${argument}`],
    ['1 + ', '1:5', `Syntax error: mismatched input '<EOF>' expecting ${anything}`],
    ['object.(', '1:8', "Syntax error: no viable alternative at input '.('"],
    ['not valid (', '1:5', "Syntax error: mismatched input 'valid' expecting <EOF>"],
    ['1 2', '1:3', "Syntax error: extraneous input '2' expecting <EOF>"],
    ['1 + 2\n3 +', '2:1', "Syntax error: mismatched input '3' expecting <EOF>"],
    ['(true', '1:6', "Syntax error: missing ')' at '<EOF>'"],
    ['true ? 1', '1:9', "Syntax error: mismatched input '<EOF>' expecting ':'"],
    [
      '1 @ 2',
      '1:3',
      "Syntax error: token recognition error at: '@'",
      '1:5',
      "Syntax error: extraneous input '2' expecting <EOF>",
    ],
    ['if', '1:1', 'reserved identifier: if'],
    ['undefinedVar == 1', '1:1', "undeclared reference to 'undefinedVar' (in container '')"],
    ['has(params.x)', '1:5', "undeclared reference to 'params' (in container '')"],
    ['unknown(1)', '1:8', "undeclared reference to 'unknown' (in container '')"],
    [
      'math.greatest(1, 2) == 3',
      ...['1:1', "undeclared reference to 'math' (in container '')"],
      ...['1:14', "undeclared reference to 'greatest' (in container '')"],
    ],
    ['object.items.exists(i, i.x == j)', '1:31', "undeclared reference to 'j' (in container '')"],
    ['request.foo == 1', '1:8', "undefined field 'foo'"],
    ['variables.none', '1:10', "undefined field 'none'"],
    ['request.name == 1', '1:14', "found no matching overload for '_==_' applied to '(string, int)'"],
    ['!request.name', '1:1', "found no matching overload for '!_' applied to '(string)'"],
    ['1.size()', '1:7', "found no matching overload for 'size' applied to 'int.()'"],
  ])
    it(`${JSON.stringify(expression)} does not compile`, () => {
      const result = compileExpression(environment, expression!);
      assert.equal(result.kind, 'error');
      const found = [...result.message.matchAll(/ERROR: <input>:(\d+:\d+): (.*)/g)].flatMap(([, at, why]) => [at, why]);
      assert.deepEqual(found, errors);
    });

  it('marks the place below its line', () => {
    const result = compileExpression(environment, 'true &&\n  nothing');
    assert.deepEqual(result, {
      kind: 'error',
      message:
        "compilation failed: ERROR: <input>:2:3: undeclared reference to 'nothing' (in container '')\n |   nothing\n | ..^",
    });
  });

  it('knows devices', () => {
    const devices = deviceEnvironment();
    for (const expression of [
      'device.driver == "d"',
      'device.attributes["d"].size > 1',
      'device.capacity["d"].memory.compareTo(quantity("1Gi")) >= 0',
    ])
      assert.deepEqual(compileExpression(devices, expression), { kind: 'type', type: 'bool' });
    assert.equal(compileExpression(devices, 'device.nothing').kind, 'error');
  });
});
