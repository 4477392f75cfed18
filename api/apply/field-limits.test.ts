import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { deployments } from '../resources/apps/deployment.ts';
import { certificateSigningRequests } from '../resources/certificates/certificate-signing-request.ts';
import { configMaps } from '../resources/core/config-map.ts';
import { nodes } from '../resources/core/node.ts';
import { pods } from '../resources/core/pod.ts';
import { fieldFilters, fieldLimitsOf } from './field-limits.ts';
import type { FieldSet } from './field-set.ts';

const leaf = {};
const everything: FieldSet = {
  'f:metadata': { 'f:labels': { '.': leaf, 'f:a': leaf }, 'f:ownerReferences': leaf },
  'f:spec': {
    '.': leaf,
    'f:containers': { 'k:{"name":"c"}': { '.': leaf, 'f:image': leaf, 'f:resources': { 'f:limits': leaf } } },
    'f:ephemeralContainers': { 'k:{"name":"e"}': leaf },
  },
  'f:status': { 'f:conditions': leaf, 'f:certificate': leaf },
};
const { 'f:metadata': metadata, 'f:spec': spec, 'f:status': status } = everything as Record<string, FieldSet>;

describe('what an endpoint lets a manager own', () => {
  const cases: readonly [
    name: string,
    row: Parameters<typeof fieldLimitsOf>[0],
    subresource: string,
    expected: FieldSet,
  ][] = [
    ['all of a resource without status', configMaps, '', everything],
    ['all but the status', pods, '', { 'f:metadata': metadata!, 'f:spec': spec! }],
    ['all but the spec through /status', nodes, 'status', { 'f:metadata': metadata!, 'f:status': status! }],
    ['no owners through /status of pods', pods, 'status', { 'f:metadata': { 'f:labels': metadata!['f:labels']! }, 'f:status': status! }], // prettier-ignore
    ['no labels through /status of deployments', deployments, 'status', { 'f:metadata': { 'f:ownerReferences': leaf }, 'f:status': status! }], // prettier-ignore
    ['only metadata of a signing request', certificateSigningRequests, '', { 'f:metadata': metadata! }],
    ['only conditions through its approval', certificateSigningRequests, 'approval', { 'f:metadata': metadata!, 'f:status': { 'f:conditions': leaf } }], // prettier-ignore
    ['ephemeral containers and what they are in', pods, 'ephemeralcontainers', { 'f:spec': { '.': leaf, 'f:ephemeralContainers': spec!['f:ephemeralContainers']! } }], // prettier-ignore
    ['resources through /resize', pods, 'resize', { 'f:spec': { '.': leaf, 'f:containers': { 'k:{"name":"c"}': { '.': leaf, 'f:resources': { 'f:limits': leaf } } } } }], // prettier-ignore
  ];
  for (const [name, row, subresource, expected] of cases) {
    it(`is ${name}`, () => {
      const limits = fieldLimitsOf(row, subresource);
      assert.equal(fieldLimitsOf(row, subresource), limits, 'the same object every time');
      assert.deepEqual(fieldFilters()(limits)(everything), expected);
    });
  }

  it('is neither metadata nor spec through /status of custom resources', () => {
    const limits = fieldLimitsOf({ group: 'example.com', plural: 'widgets', subresources: {} }, 'status', {
      isCustom: true,
    });
    assert.deepEqual(fieldFilters()(limits)(everything), { 'f:status': status! });
  });
});
