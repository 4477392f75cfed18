import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
} from '../../schema/generated/admissionregistration-v1.ts';
import { validateMutatingPolicy, validateValidatingPolicy } from './policy-validation.ts';

const matchConstraints = {
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' }],
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
};

describe('validation of admission policies', () => {
  const policy = (spec: object): ValidatingAdmissionPolicy => ({
    metadata: { name: 'p' },
    spec: { failurePolicy: 'Fail', matchConstraints, validations: [{ expression: 'true' }], ...spec },
  });
  const undeclared = (expression: string, name: string, column: number): string =>
    `compilation failed: ERROR: <input>:1:${column}: undeclared reference to '${name}' (in container '')\n | ${expression}\n | ${'.'.repeat(column - 1)}^`;

  for (const { what, spec, errors } of [
    { what: 'a plain policy', spec: {}, errors: [] },
    {
      what: 'a result that is no decision',
      spec: { validations: [{ expression: '1' }] },
      errors: ['spec.validations[0].expression: Invalid value: "1": must evaluate to bool but got int'],
    },
    {
      what: 'a message that is no text',
      spec: { validations: [{ expression: 'true', messageExpression: 'true' }] },
      errors: ['spec.validations[0].messageExpression: Invalid value: "true": must evaluate to string but got bool'],
    },
    {
      what: 'a message that asks what the user may do',
      spec: { validations: [{ expression: 'true', messageExpression: 'string(authorizer == null)' }] },
      errors: [
        `spec.validations[0].messageExpression: Invalid value: "string(authorizer == null)": ${undeclared('string(authorizer == null)', 'authorizer', 8)}`,
      ],
    },
    {
      what: 'params without a kind of them',
      spec: { validations: [{ expression: 'params == 1' }] },
      errors: [
        `spec.validations[0].expression: Invalid value: "params == 1": ${undeclared('params == 1', 'params', 1)}`,
      ],
    },
    {
      what: 'params of a kind',
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        validations: [{ expression: 'params.data.a == "1"' }],
      },
      errors: [],
    },
    {
      what: 'variables that build on each other',
      spec: {
        variables: [
          { name: 'a', expression: '1' },
          { name: 'b', expression: 'variables.a + 1' },
          { name: 'c', expression: '["x"]' },
        ],
        validations: [{ expression: 'variables.b > 1 && "x" in variables.c' }],
      },
      errors: [],
    },
    {
      what: 'a variable before it is there',
      spec: { variables: [{ name: 'a', expression: 'variables.a' }] },
      errors: [
        'spec.variables[0].expression: Invalid value: "variables.a": compilation failed: ERROR: <input>:1:10: undefined field \'a\'\n | variables.a\n | .........^',
      ],
    },
    {
      what: 'a variable that is no decision',
      spec: { variables: [{ name: 'a', expression: '"x"' }], validations: [{ expression: 'variables.a' }] },
      errors: ['spec.validations[0].expression: Invalid value: "variables.a": must evaluate to bool but got string'],
    },
    {
      what: 'an annotation that is neither text nor null',
      spec: { auditAnnotations: [{ key: 'a', valueExpression: '1' }] },
      errors: [
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      ],
    },
    {
      what: 'conditions that are no decisions',
      spec: { matchConditions: [{ name: 'a', expression: '"x"' }] },
      errors: ['spec.matchConditions[0].expression: Invalid value: "\\"x\\"": must evaluate to bool but got string'],
    },
    {
      what: 'a message of nothing but space, and one of two lines',
      spec: {
        validations: [
          { expression: 'true', message: ' ' },
          { expression: 'true', message: 'a\rb' },
          { expression: 'true\n&& true' },
        ],
      },
      errors: [
        'spec.validations[0].message: Invalid value: " ": must be non-empty if specified',
        'spec.validations[1].message: Invalid value: "a\\rb": must not contain line breaks',
      ],
    },
    {
      what: 'annotations without a key, and with long texts',
      spec: { auditAnnotations: [{ key: '', valueExpression: 'x'.repeat(5121) }] },
      errors: [
        'spec.auditAnnotations[0].key: Invalid value: "p/": name part must be non-empty',
        'spec.auditAnnotations[0].key: Invalid value: "p/": ' +
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length',
      ],
    },
    {
      what: 'params of a kind without a version',
      spec: { paramKind: { apiVersion: 'g/', kind: 'K' } },
      errors: ['spec.paramKind.apiVersion: Invalid value: "g/": version must be specified'],
    },
  ])
    it(what, () => assert.deepEqual(validateValidatingPolicy(policy(spec)).map(String), errors));

  for (const { what, mutation, errors } of [
    { what: 'no kind of patch', mutation: { patchType: '' }, errors: ['spec.mutations[0].patchType: Required value'] },
    {
      what: 'an unknown kind of patch',
      mutation: { patchType: 'x', jsonPatch: { expression: '' } },
      errors: [
        'spec.mutations[0].patchType: Unsupported value: "x": supported values: "ApplyConfiguration", "JSONPatch"',
      ],
    },
    {
      what: 'the other kind of patch',
      mutation: { patchType: 'JSONPatch', applyConfiguration: { expression: '1' } },
      errors: [
        'spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch',
        'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch',
      ],
    },
    {
      what: 'a blank expression',
      mutation: { patchType: 'JSONPatch', jsonPatch: { expression: ' ' } },
      errors: ['spec.mutations[0].jsonPatch.expression: Required value'],
    },
  ])
    it(what, () => {
      const spec = { failurePolicy: 'Fail', reinvocationPolicy: 'Never', matchConstraints, mutations: [mutation] };
      assert.deepEqual(validateMutatingPolicy({ metadata: { name: 'p' }, spec }).map(String), errors);
    });

  it('tells that what is deleted cannot be changed', () => {
    const [rule] = matchConstraints.resourceRules;
    const spec = {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: { ...matchConstraints, resourceRules: [{ ...rule, operations: ['DELETE'] }] },
      mutations: [
        { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/a", value: 1}]' } },
      ],
    };
    assert.deepEqual(validateMutatingPolicy({ metadata: { name: 'p' }, spec }).map(String), [
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ]);
  });

  for (const { patchType, expression, errors } of [
    {
      patchType: 'ApplyConfiguration',
      expression: 'Object{metadata: Object.metadata{labels: {"a": "b"}}}',
      errors: [],
    },
    {
      patchType: 'ApplyConfiguration',
      expression: '1',
      errors: [
        'spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object but got int',
      ],
    },
    {
      patchType: 'JSONPatch',
      expression: '"x"',
      errors: [
        'spec.mutations[0].jsonPatch.expression: Invalid value: "\\"x\\"": must evaluate to list(JSONPatch) but got string',
      ],
    },
  ])
    it(`${patchType}: ${expression}`, () => {
      const field = patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
      const mutating: MutatingAdmissionPolicy = {
        metadata: { name: 'p' },
        spec: {
          failurePolicy: 'Fail',
          reinvocationPolicy: 'Never',
          matchConstraints,
          mutations: [{ patchType, [field]: { expression } }],
        },
      };
      assert.deepEqual(validateMutatingPolicy(mutating).map(String), errors);
    });
});
