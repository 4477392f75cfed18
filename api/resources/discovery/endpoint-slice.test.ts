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

  const zones = (...names: string[]): object => ({ hints: { forZones: names.map((name) => ({ name })) } });
  for (const { what, made, errors } of [
    { what: 'no address', made: slice({ addresses: ['x'] }), errors: [/addresses\[0\]: .*must be a valid IP address/] },
    {
      what: 'an address of the other family',
      made: slice({ addresses: ['fd00::1'] }),
      errors: [/^endpoints\[0\]\.addresses\[0\]: Invalid value: "fd00::1": must be an IPv4 address$/],
    },
    {
      what: 'an address of the host itself',
      made: slice({ addresses: ['127.0.0.1'] }),
      errors: [/may not be in the loopback range/],
    },
    {
      what: 'a name without a domain',
      made: slice({ addresses: ['a.'] }, { addressType: 'FQDN' }),
      errors: [/"a": should/],
    },
    {
      what: 'a zone that is no label',
      made: slice(zones('a/b')),
      errors: [/forZones\[0\]\.name: .*a valid label must be/],
    },
    {
      what: 'a zone twice',
      made: slice(zones('a', 'a')),
      errors: [/^endpoints\[0\]\.hints\.forZones\[1\]\.name: Duplicate/],
    },
    {
      what: 'too many zones, which are not looked at',
      made: slice(zones(...'a a a a a a a a a'.split(' '))),
      errors: [/^endpoints\[0\]\.hints\.forZones: Too many: 9: must have at most 8 items$/],
    },
    {
      what: 'an empty protocol',
      made: slice({}, { ports: [{ protocol: '' }] }),
      errors: [/Unsupported value: "": supported/],
    },
  ])
    it(`are refused with ${what}`, () => {
      const found = (endpointSlices.validate?.(made) ?? []).map(String);
      assert.equal(found.length, errors.length, found.join('\n'));
      for (const [index, error] of errors.entries()) assert.match(found[index]!, error);
    });

  it('keep endpoints that are not touched, whatever the rules are', () => {
    const old = slice({ addresses: ['010.0.0.1'] });
    const next = slice({ addresses: ['010.0.0.1'] }, { ports: [{ name: '', protocol: 'TCP', port: 80 }] });
    assert.deepEqual(endpointSlices.validateUpdate?.(next, old), []);
  });
});
