import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AnyObject } from '../../api/meta/object.ts';
import { dedupOwnerReferences } from './dedup-owner-references.ts';

const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
const other = { ...owner, name: 'q', uid: 'v' };

describe('owner references that stand twice', () => {
  it('stay once, with a warning that names their uids', () => {
    const warnings: string[] = [];
    const object: AnyObject = { metadata: { ownerReferences: [owner, other, { ...owner }, { ...owner }] } };
    dedupOwnerReferences({ warnings }, object);
    assert.deepEqual(object.metadata.ownerReferences, [owner, other]);
    assert.deepEqual(warnings, [
      '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u, u',
    ]);
  });

  it('are told apart by all their fields', () => {
    const warnings: string[] = [];
    const owners = [owner, { ...owner, controller: true }];
    const object: AnyObject = { metadata: { ownerReferences: owners } };
    dedupOwnerReferences({ warnings }, object, 'after mutating admission happens');
    assert.equal(object.metadata.ownerReferences, owners);
    assert.deepEqual(warnings, []);
  });
});
