import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AnyObject } from '../meta/object.ts';
import { readRetiredVersion } from './retired-versions.ts';

const type = { group: 'apps', version: 'v1', kind: 'Deployment' };
const document = (apiVersion: string, labels?: Record<string, string>): AnyObject => ({
  apiVersion,
  kind: 'Deployment',
  metadata: { name: 'd', ...(labels ? { labels } : {}) },
  spec: { template: { metadata: { labels: { app: 'd' } } } },
});

describe('a document of a retired version', () => {
  const cases: readonly (readonly [name: string, given: AnyObject, expected: AnyObject])[] = [
    ['gets the labels of the template', document('apps/v1beta1'), document('apps/v1', { app: 'd' })],
    ['keeps labels of its own', document('extensions/v1beta1', { a: 'b' }), document('apps/v1', { a: 'b' })],
    ['gets none where the version fills in none', document('apps/v1beta2'), document('apps/v1')],
    ['is left alone where nobody knows the version', document('apps/v0'), document('apps/v0')],
  ];
  for (const [name, given, expected] of cases)
    it(name, () => assert.deepEqual(readRetiredVersion(type, given), expected));
});
