import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceRow } from '../define-resource.ts';
import { deviceClasses } from './device-class.ts';
import { resourceClaims } from './resource-claim.ts';
import { resourceSlices } from './resource-slice.ts';

function complaints(row: unknown, spec: object): string[] {
  const { setDefaults, prepareForCreate, validate } = row as ResourceRow;
  const object = { metadata: { name: 'v' }, spec: structuredClone(spec) } as KubeObject;
  setDefaults?.(object);
  prepareForCreate?.(object, { nowMs: 0 });
  return (validate?.(object) ?? []).map(String);
}

const request = { name: 'r', exactly: { deviceClassName: 'c' } };
const claim = (devices: object): [unknown, object] => [
  resourceClaims,
  { devices: { requests: [request], ...devices } },
];
const asking = (exactly: object): [unknown, object] =>
  claim({ requests: [{ name: 'r', exactly: { deviceClassName: 'c', ...exactly } }] });
const slice = (spec: object): [unknown, object] => [
  resourceSlices,
  { driver: 'd', nodeName: 'n', pool: { name: 'p', resourceSliceCount: 1 }, ...spec },
];
const offering = (device: object, spec: object = {}): [unknown, object] =>
  slice({ devices: [{ name: 'd', ...device }], ...spec });
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('dynamic resource allocation', () => {
  const cases: [string, [unknown, object], string[]][] = [
    [
      'a request without a name',
      claim({ requests: [{ ...request, name: '' }] }),
      [`spec.devices.requests[0].name: Invalid value: "": ${label}`],
    ],
    [
      'two requests of one name',
      claim({ requests: [request, request] }),
      ['spec.devices.requests[1]: Duplicate value: "r"'],
    ],
    [
      'too many requests',
      claim({ requests: Array.from({ length: 33 }, () => ({})) }),
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
    [
      'a request for one thing and alternatives',
      claim({ requests: [{ ...request, firstAvailable: [{}] }] }),
      [
        'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
      ],
    ],
    [
      'a request for all, and how many',
      asking({ allocationMode: 'All', count: 2 }),
      ["spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'"],
    ],
    ['a toleration of anything equal', asking({ tolerations: [{}] }), []],
    [
      'a toleration that exists and has a value',
      asking({ tolerations: [{ operator: 'Exists', value: 'v' }] }),
      [
        'spec.devices.requests[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator `Exists`',
      ],
    ],
    [
      'a constraint on nothing',
      claim({ constraints: [{}] }),
      [
        'spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
      ],
    ],
    [
      'a constraint on an attribute without a domain',
      claim({ constraints: [{ matchAttribute: 'a' }] }),
      [
        'spec.devices.constraints[0].matchAttribute: Invalid value: "a": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      'a constraint on requests that are not there',
      claim({ constraints: [{ requests: ['x'], matchAttribute: 'a/b' }] }),
      [
        `spec.devices.constraints[0].requests[0]: Invalid value: "x": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
    [
      'the name of an extended resource',
      [deviceClasses, { extendedResourceName: 'cpu' }],
      ['spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name'],
    ],
    ['a driver in capitals', slice({ driver: 'D.example.com' }), []],
    [
      'lists of values, which are off',
      offering({ attributes: { a: { ints: [1] } } }),
      ['spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified'],
    ],
    [
      'a version that is none',
      offering({ attributes: { a: { version: '1.0' } } }),
      [
        'spec.devices[0].attributes[a].version: Invalid value: "1.0": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      'a device with a place in a slice that has one',
      offering({ nodeName: 'm' }),
      [
        'spec.devices[0]: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      ],
    ],
    [
      'devices beside counters',
      offering({}, { sharedCounters: [] }),
      ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    ],
    [
      'a device that takes of no counters',
      offering({ consumesCounters: [{ counterSet: 's' }] }),
      ['spec.devices[0].consumesCounters[0].counters: Required value'],
    ],
    [
      'too many devices with taints',
      slice({
        devices: Array.from({ length: 65 }, () => ({ name: 'd', taints: [{ key: 'k', effect: 'None' }] })),
      }),
      ['spec.devices: Too many: 65: must have at most 64 items'],
    ],
    [
      'conditions of binding without failures',
      offering({ bindingConditions: ['a', 'a'] }),
      [
        'spec.devices[0].bindingConditions[1]: Duplicate value: "a"',
        'spec.devices[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
      ],
    ],
    [
      'a policy for what is not shared',
      offering({ capacity: { c: { value: '1', requestPolicy: {} } } }),
      ['spec.devices[0].capacity[c].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    ],
    [
      'a range that its default is not in',
      offering({
        allowMultipleAllocations: true,
        capacity: { c: { value: '10', requestPolicy: { default: '1', validRange: { min: '2', step: '3' } } } },
      }),
      [
        'spec.devices[0].capacity[c].requestPolicy.validRange.min: Invalid value: "1": default is less than min: 2',
        'spec.devices[0].capacity[c].requestPolicy.validRange.step: Invalid value: "1": value is not a multiple of a given step (3) from (2)',
      ],
    ],
    [
      'values that are not in order',
      offering({
        allowMultipleAllocations: true,
        capacity: { c: { value: '2', requestPolicy: { default: '1', validValues: ['3', '1'] } } },
      }),
      [
        'spec.devices[0].capacity[c].requestPolicy.validValues[1]: Invalid value: "1": values must be sorted in ascending order',
        'spec.devices[0].capacity[c].requestPolicy.validValues[0]: Invalid value: "3": option is larger than capacity value: 2',
      ],
    ],
  ];
  for (const [what, [row, spec], errors] of cases)
    it(what, () => {
      assert.deepEqual(complaints(row, spec), errors);
    });
});
