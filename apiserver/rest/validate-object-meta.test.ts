import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AnyObject } from '../../api/meta/object.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ObjectMeta } from '../../api/schema/generated/meta-v1.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './validate-object-meta.ts';

const row = configMaps as unknown as ResourceRow;
const object = (metadata: ObjectMeta): AnyObject => ({ metadata: { name: 'a', namespace: 'default', ...metadata } });

describe('validation of metadata', () => {
  it('finds nothing wrong with what is right', () => {
    const metadata: ObjectMeta = {
      labels: { 'example.com/a': 'b', empty: '' },
      annotations: { 'UPPER/case': 'any thing' },
      finalizers: ['example.com/x', 'foregroundDeletion'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }],
    };
    assert.deepEqual(validateObjectMeta(row, object(metadata)), []);
  });

  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
  const cases: [string, ObjectMeta, string][] = [
    ['a long label', { labels: { a: 'x'.repeat(64) } }, 'must be no more than 63 bytes'],
    ['a bad key', { annotations: { 'a b': '' } }, 'name part must consist of alphanumeric characters'],
    ['too many bytes', { annotations: { a: 'x'.repeat(300_000) } }, 'may not be more than 262144 bytes'],
    ['a short finalizer', { finalizers: ['mine'] }, 'neither a standard finalizer name nor is it fully qualified'],
    ['both collectors', { finalizers: ['orphan', 'foregroundDeletion'] }, 'cannot be both set'],
    [
      'two controllers',
      { ownerReferences: [owner, { ...owner, name: 'q' }] },
      'Only one reference can have Controller',
    ],
    [
      'an owner without uid',
      { ownerReferences: [{ ...owner, uid: '' }] },
      'ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    [
      'an owner of no version',
      { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
      'ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
    ],
    ['an event as owner', { ownerReferences: [{ ...owner, kind: 'Event' }] }, 'disallowed from being an owner'],
    ['a prefix that is no name', { generateName: 'Bad-' }, 'metadata.generateName: Invalid value'],
  ];
  for (const [what, metadata, message] of cases)
    it(`refuses ${what}`, () => {
      const errors = validateObjectMeta(row, object(metadata)).map((error) => error.toString());
      const [first = ''] = errors;
      assert.ok(first.includes(message), first);
    });

  it('lets an update change nothing that is for good', () => {
    const old = object({ uid: 'u', resourceVersion: '5', creationTimestamp: '2020-01-01T00:00:00Z' });
    const same = validateObjectMetaUpdate(row, structuredClone(old), old);
    assert.deepEqual(same, []);
    const next = object({ uid: 'other', resourceVersion: '5', creationTimestamp: '2020-01-01T00:00:00Z' });
    const [error] = validateObjectMetaUpdate(row, next, old);
    assert.equal(String(error), 'metadata.uid: Invalid value: "other": field is immutable');
  });

  it('lets no finalizer join what is being deleted', () => {
    const old = object({ resourceVersion: '5', deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['a/b'] });
    const next = structuredClone(old);
    next.metadata.finalizers = ['a/b', 'c/d'];
    const [error] = validateObjectMetaUpdate(row, next, old);
    assert.match(String(error), /no new finalizers can be added .* \[\]string\{"c\/d"\}/);
  });
});
