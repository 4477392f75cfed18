import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { goValue } from '../meta/go-value.ts';
import { loadSchemaTable } from '../schema/schema-table.ts';
import { createConversionCheck } from './conversion-error.ts';
import { invalidPatch, patchedJson } from './invalid-patch.ts';
import { applyMergePatch } from './merge-patch.ts';

describe('an invalid patch', () => {
  it('is answered without a kind', () => {
    const patch = { spec: { replicas: 'x' } };
    assert.deepEqual(invalidPatch(goValue(patch), 'unrecognized type: int32').toStatus(), {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
      reason: 'Invalid',
      details: {
        causes: [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
            field: 'patch',
          },
        ],
      },
      code: 422,
    });
  });

  it('is quoted with the keys sorted of what it touched', () => {
    const document = {
      kind: 'K',
      apiVersion: 'v1',
      metadata: { name: 'n', labels: {} },
      spec: { z: { y: 1, x: 2 }, b: 1 },
    };
    assert.equal(
      patchedJson(document, applyMergePatch(document, { spec: { c: { e: 1, d: 2 } } })),
      '{"apiVersion":"v1","kind":"K","metadata":{"name":"n","labels":{}},"spec":{"b":1,"c":{"d":2,"e":1},"z":{"y":1,"x":2}}}',
    );
  });

  it('is quoted as safe for a page', () => {
    assert.equal(patchedJson({}, { a: '<b>&\u2028' }), '{"a":"\\u003cb\\u003e\\u0026\\u2028"}');
  });

  const check = createConversionCheck(loadSchemaTable());
  const cases: readonly [document: object, complaint: string | undefined][] = [
    [{ spec: { containers: 'x' } }, 'cannot restore slice from string'],
    [{ spec: 'x' }, 'cannot restore struct from: string'],
    [{ spec: { containers: [{ name: 5 }] } }, 'cannot convert int64 to string'],
    [{ spec: { containers: [{ name: 5.5 }] } }, 'unrecognized type: string'],
    [{ spec: { containers: [{ name: true }] } }, 'unrecognized type: string'],
    [{ spec: { containers: [{ livenessProbe: { httpGet: { port: true } } }] } }, 'json: cannot unmarshal bool into Go value of type int32'], // prettier-ignore
    [{ spec: { containers: [{ livenessProbe: { httpGet: { port: 1.5 } } }] } }, 'json: cannot unmarshal number 1.5 into Go value of type int32'], // prettier-ignore
    [{ spec: { priority: 5.5 } }, 'cannot convert float64 to int32'],
    [{ spec: { priority: true } }, 'unrecognized type: int32'],
    [{ metadata: { creationTimestamp: 5 } }, 'json: cannot unmarshal number into Go value of type string'],
    [{ spec: { priority: 'x' } }, 'unrecognized type: int32'],
    [{ spec: { hostNetwork: 1 } }, 'unrecognized type: bool'],
    [{ metadata: { labels: ['x'] } }, 'cannot restore map from slice'],
    [{ metadata: { labels: { a: null } }, spec: { unknown: 1, containers: null } }, undefined],
  ];
  for (const [document, complaint] of cases) {
    it(`converts ${JSON.stringify(document)} as upstream does`, () =>
      assert.equal(check('io.k8s.api.core.v1.Pod', document), complaint));
  }
});
