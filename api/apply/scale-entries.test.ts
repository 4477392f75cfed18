import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { ManagedFieldsEntry } from '../schema/generated/meta-v1.ts';
import { entriesOfParent, entriesOfScale } from './scale-entries.ts';

const entry = (manager: string, fieldsV1: object, more: object = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsV1 as Record<string, unknown>,
  ...more,
});

const replicas = { 'f:spec': { 'f:replicas': {} } };
const paths = { 'apps/v1': ['spec', 'replicas'], 'apps/v2': ['spec', 'size'] };
const options = { paths, apiVersion: 'apps/v1' };
const parent = [
  entry('applier', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }, { operation: 'Apply' }),
  entry('creator', { 'f:spec': { 'f:replicas': {}, 'f:selector': {} } }),
  entry('labeller', { 'f:metadata': { 'f:labels': {} } }),
];
const scaleOf = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] => entriesOfScale(entries, paths) ?? [];

describe('managed fields of a scale', () => {
  it('are those of replicas, in the version of Scale', () => {
    assert.deepEqual(scaleOf(parent), [
      entry('applier', replicas, { operation: 'Apply', apiVersion: 'autoscaling/v1' }),
      entry('creator', replicas, { apiVersion: 'autoscaling/v1' }),
    ]);
  });

  it('go by the path of each version', () => {
    const older = [entry('a', { 'f:spec': { 'f:size': {} } }, { apiVersion: 'apps/v2' }), entry('b', replicas, { apiVersion: 'apps/v0' })]; // prettier-ignore
    assert.deepEqual(scaleOf(older), [entry('a', replicas, { apiVersion: 'autoscaling/v1' })]);
  });

  it('leave the parent as it is where they did not change', () => {
    assert.deepEqual(entriesOfParent(parent, scaleOf(parent), options), parent);
  });

  it('take replicas from those who lost them', () => {
    const scaler = entry('scaler', replicas, { apiVersion: 'autoscaling/v1', subresource: 'scale' });
    const { time: _, ...untimed } = entry('scaler', replicas, { subresource: 'scale' });
    assert.deepEqual(entriesOfParent(parent, [scaler], options), [
      entry('applier', { 'f:spec': { 'f:paused': {} } }, { operation: 'Apply' }),
      untimed,
      entry('creator', { 'f:spec': { 'f:selector': {} } }),
      entry('labeller', { 'f:metadata': { 'f:labels': {} } }),
    ]);
  });

  it('end entries that held nothing else', () => {
    assert.equal(entriesOfParent([entry('a', replicas)], [], options), undefined);
  });

  it('drop entries of versions without a scale, unless told to keep them', () => {
    const other = [entry('a', { 'f:data': {} }, { apiVersion: 'apps/v0' })];
    assert.equal(entriesOfParent(other, [], options), undefined);
    assert.deepEqual(entriesOfParent(other, [], { ...options, paths: { ...paths, 'apps/v0': null } }), other);
  });
});
