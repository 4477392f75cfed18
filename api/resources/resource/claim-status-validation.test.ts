import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ResourceClaim, ResourceClaimStatus } from '../../schema/generated/resource-v1.ts';
import { resourceClaims } from './resource-claim.ts';

const device = { driver: 'd.example.com', pool: 'p', device: 'gpu-0' };
const allocated = { allocation: { devices: { results: [{ request: 'r', ...device }] } } };
const shown = '{"Driver":{},"Pool":{},"Device":{},"ShareID":{}}';
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const notARequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const consumer = { resource: 'pods', name: 'a', uid: 'u' };

const claim = (status: unknown): ResourceClaim =>
  ({
    metadata: { name: 'c' },
    spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } },
    status,
  }) as ResourceClaim;

function complaints(next: unknown, old: unknown = {}): string[] {
  const [after, before] = [claim(next), claim(old)];
  resourceClaims.setDefaults?.(after);
  resourceClaims.prepareForStatusUpdate?.(after, before);
  return (resourceClaims.validateStatusUpdate?.(after, before) ?? []).map(String);
}

describe('the status of a resource claim', () => {
  const reported = (more: object): object => ({ ...allocated, devices: [{ ...device, ...more }] });
  const at = 'status.devices[0]';
  const cases: [string, object, string[]][] = [
    ['an allocation', allocated, []],
    ['a report on an allocated device', reported({ data: { a: 1 } }), []],
    [
      'a report on another device',
      { ...allocated, devices: [{ ...device, device: 'gpu-1' }] },
      [`${at}: Invalid value: ${shown}: must be an allocated device in the claim`],
    ],
    [
      'a report on a device without names',
      { devices: [{}] },
      [
        `${at}.driver: Required value`,
        `${at}.pool: Required value`,
        `${at}.device: Invalid value: "": ${label}`,
        `${at}: Invalid value: ${shown}: must be an allocated device in the claim`,
      ],
    ],
    [
      'two reports on one device',
      { ...allocated, devices: [device, device] },
      [`status.devices[1]: Duplicate value: ${shown}`],
    ],
    [
      'a share that is no UUID',
      { allocation: { devices: { results: [{ request: 'r', ...device, shareID: 'x' }] } } },
      [
        'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
      ],
    ],
    [
      'data that is no object',
      reported({ data: [1] }),
      [`${at}.data: Invalid value: "<value omitted>": must be a valid JSON object`],
    ],
    [
      'a condition without a reason',
      reported({ conditions: [{ type: 'Ready', status: 'Maybe' }] }),
      [
        `${at}.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
        `${at}.conditions[0].lastTransitionTime: Required value`,
        `${at}.conditions[0].reason: Required value`,
      ],
    ],
    [
      'addresses on the network',
      reported({ networkData: { ips: ['10.9.8.7/24', '10.9.8.7', '10.09.8.7/24', '2001:DB8::1/64', '10.9.8.7/24'] } }),
      [
        `${at}.networkData.ips[1]: Invalid value: "10.9.8.7": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)`,
        `${at}.networkData.ips[2]: Invalid value: "10.09.8.7/24": must be in canonical form ("10.9.8.7/24")`,
        `${at}.networkData.ips[3]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")`,
        `${at}.networkData.ips[4]: Duplicate value: "10.9.8.7/24"`,
      ],
    ],
    [
      'names on the network that are too long',
      reported({ networkData: { interfaceName: 'x'.repeat(257), hardwareAddress: 'x'.repeat(129) } }),
      [
        `${at}.networkData.interfaceName: Too long: may not be more than 256 bytes`,
        `${at}.networkData.hardwareAddress: Too long: may not be more than 128 bytes`,
      ],
    ],
    [
      'reservations of what is not allocated',
      { reservedFor: [consumer] },
      ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
    ],
    [
      'reservations by nobody, and twice',
      { ...allocated, reservedFor: [consumer, consumer, {}] },
      [
        'status.reservedFor[2].resource: Required value',
        'status.reservedFor[2].name: Required value',
        'status.reservedFor[2].uid: Required value',
        'status.reservedFor[1]: Duplicate value: "u"',
      ],
    ],
    [
      'an allocation for another request, with a configuration from nowhere',
      {
        allocation: {
          devices: { results: [{ ...device, request: 'q' }], config: [{ source: 'X', requests: ['r', 'r'] }] },
        },
      },
      [
        `status.allocation.devices.results[0].request: Invalid value: "q": ${notARequest}`,
        'status.allocation.devices.config[0].source: Unsupported value: "X": supported values: "FromClaim", "FromClass"',
        'status.allocation.devices.config[0].requests[1]: Duplicate value: "r"',
        'status.allocation.devices.config[0].opaque: Required value',
      ],
    ],
  ];
  for (const [what, status, errors] of cases)
    it(what, () => {
      assert.deepEqual(complaints(status), errors);
    });

  it('keeps an allocation as it was made', () => {
    const other = { allocation: { devices: { results: [{ ...device, request: 'r', pool: 'q' }] } } };
    const [error = ''] = complaints(other, allocated);
    assert.match(error, /^status\.allocation: Invalid value: \{"Devices":\{"Results":\[\{"Request":"r","Driver":/);
    assert.match(error, /"NodeSelector":null,"AllocationTimestamp":null\}: field is immutable$/);
  });

  it('drops what was reported of devices that are no longer allocated', () => {
    const status: ResourceClaimStatus = { devices: [device] };
    const next = claim(status);
    resourceClaims.prepareForStatusUpdate?.(next, claim({ ...allocated, devices: [device] }));
    assert.equal(next.status?.devices, undefined);
  });
});
