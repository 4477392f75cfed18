import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EndpointSlice } from '../../schema/generated/discovery-v1.ts';
import { endpointSlices } from './endpoint-slice.ts';

describe('endpoint slices', () => {
  const hostname = 'kubernetes.io/hostname';
  const slice = (endpoint: object = {}, more: object = {}): EndpointSlice => ({
    metadata: {},
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }],
    ...more,
  });

  it('take no topology when they are made', () => {
    const made = slice({ deprecatedTopology: { [hostname]: 'n', zone: 'z' } });
    endpointSlices.prepareForCreate?.(made);
    assert.deepEqual(made.endpoints, [{ addresses: ['10.0.0.1'] }]);
  });

  for (const { what, next, result } of [
    {
      what: 'keep endpoints that do not change',
      next: { deprecatedTopology: { [hostname]: 'n' } },
      result: { deprecatedTopology: { [hostname]: 'n' } },
    },
    {
      what: 'keep the node that the topology told',
      next: { deprecatedTopology: { [hostname]: 'n' }, hostname: 'h' },
      result: { hostname: 'h', nodeName: 'n' },
    },
    { what: 'take no other node from it', next: { deprecatedTopology: { [hostname]: 'm' } }, result: {} },
  ])
    it(`${what} on update`, () => {
      const updated = slice(next);
      endpointSlices.prepareForUpdate?.(updated, slice({ deprecatedTopology: { [hostname]: 'n' } }));
      assert.deepEqual(updated.endpoints, [{ addresses: ['10.0.0.1'], ...result }]);
    });

  for (const { addressType, address, labels, warnings } of [
    { addressType: 'FQDN', address: 'a.b', labels: {}, warnings: ['spec.addressType: FQDN endpoints are deprecated'] },
    { addressType: 'IPv4', address: '10.0.0.1', labels: {}, warnings: [] },
    {
      addressType: 'IPv6',
      address: 'FD00::1',
      labels: {},
      warnings: [
        'endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      ],
    },
    {
      addressType: 'IPv6',
      address: 'FD00::1',
      labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' },
      warnings: [],
    },
  ])
    it(`of ${addressType} with ${address} warn of ${warnings.length} things`, () => {
      const made = slice({ addresses: [address] }, { addressType, metadata: { labels } });
      assert.deepEqual(endpointSlices.warnings?.(made), warnings);
    });
});
