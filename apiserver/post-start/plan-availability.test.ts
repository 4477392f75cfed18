import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EndpointSlice } from '../../api/schema/generated/discovery-v1.ts';
import { planAvailability } from './plan-availability.ts';

describe('availability of APIServices', () => {
  const apiService = (port = 443) => ({
    metadata: { name: 'v1.example.com' },
    spec: {
      group: 'example.com',
      version: 'v1',
      groupPriorityMinimum: 1,
      versionPriority: 1,
      service: { namespace: 'n', name: 's', port },
    },
  });
  const service = { metadata: {}, spec: { type: 'ClusterIP', ports: [{ name: 'https', port: 443 }] } };
  const slice = (ready: boolean, name = 'https'): EndpointSlice => ({
    metadata: {},
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
    ports: [{ name, port: 8443 }],
  });

  for (const { what, of, behind, slices, reason, message } of [
    { what: 'no service', reason: 'ServiceNotFound', message: 'service/s in "n" is not present' },
    {
      what: 'another port',
      of: apiService(444),
      behind: service,
      reason: 'ServicePortError',
      message: 'service/s in "n" is not listening on port 444',
    },
    {
      what: 'no slices',
      behind: service,
      reason: 'EndpointsNotFound',
      message: 'cannot find endpointslices for service/s in "n"',
    },
    ...[slice(false), slice(true, 'other')].map((one) => ({
      what: 'slices without a ready address of the port',
      behind: service,
      slices: [one],
      reason: 'MissingEndpoints',
      message: 'endpointslices for service/s in "n" have no addresses with port name "https"',
    })),
    {
      what: 'an address',
      behind: service,
      slices: [slice(true)],
      reason: 'FailedDiscoveryCheck',
      message: 'this API server does not pass requests on to other API servers',
    },
    {
      what: 'a name of elsewhere',
      behind: { metadata: {}, spec: { type: 'ExternalName' } },
      reason: 'FailedDiscoveryCheck',
      message: 'this API server does not pass requests on to other API servers',
    },
  ].map((one) => ({ of: apiService(), behind: undefined, slices: [], ...one })))
    it(`${what}: ${reason}`, () => {
      assert.deepEqual(planAvailability(of, behind, slices), { status: 'False', reason, message });
    });

  it('none is needed for what the server answers itself', () => {
    const local = { ...apiService(), spec: { ...apiService().spec, service: undefined } };
    assert.equal(planAvailability(local, undefined, []).status, 'True');
  });
});
