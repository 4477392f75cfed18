import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceRow } from '../define-resource.ts';
import { ingressClasses } from './ingress-class.ts';
import { ipAddresses } from './ip-address.ts';
import { networkPolicies } from './network-policy.ts';
import { serviceCIDRs } from './service-cidr.ts';

function made(row: ResourceRow, spec: object): KubeObject {
  const object = { metadata: { name: 'v' }, spec: structuredClone(spec) } as KubeObject;
  row.setDefaults?.(object);
  return object;
}

const invalidCidr = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const cidrs = (...list: string[]): object => ({ cidrs: list });
const blocked = (cidr: string): object => ({ ingress: [{ from: [{ ipBlock: { cidr } }] }] });
const blockAt = 'spec.ingress[0].from[0].ipBlock.cidr';
const parent = { resource: 'services', name: 's' };
const using = (parameters: object): object => ({
  controller: 'a.io/c',
  parameters: { kind: 'K', name: 'n', ...parameters },
});
const at = 'spec.parameters';
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

describe('ranges of addresses and who uses them', () => {
  const created: [string, unknown, object, string[]][] = [
    ['no range', serviceCIDRs, {}, ['spec.cidrs: Required value: at least one CIDR required']],
    ['two families', serviceCIDRs, cidrs('10.0.0.0/24', 'fd00::/64'), []],
    [
      'three ranges',
      serviceCIDRs,
      cidrs('a', 'b', 'c'),
      ['spec.cidrs: Invalid value: {"CIDRs":["a","b","c"]}: may only hold up to 2 values'],
    ],
    [
      'two ranges of one family',
      serviceCIDRs,
      cidrs('10.0.0.0/24', '10.1.0.0/24'),
      [
        'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
    [
      'no ranges at all',
      serviceCIDRs,
      cidrs('x', '10.0.0.0/33'),
      [
        `spec.cidrs[0]: Invalid value: "x": ${invalidCidr}`,
        `spec.cidrs[1]: Invalid value: "10.0.0.0/33": ${invalidCidr}`,
      ],
    ],
    [
      'a range in another spelling',
      serviceCIDRs,
      cidrs('FD00::/64'),
      ['spec.cidrs[0]: Invalid value: "FD00::/64": must be in canonical form ("fd00::/64")'],
    ],
    [
      'an address in its range',
      networkPolicies,
      blocked('10.0.0.1/8'),
      [`${blockAt}: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length`],
    ],
    [
      'leading zeros',
      networkPolicies,
      blocked('10.0.00.0/08'),
      [`${blockAt}: Invalid value: "10.0.00.0/08": must not have leading 0s in IP or prefix length`],
    ],
    [
      'an IPv4 address within IPv6',
      networkPolicies,
      blocked('::ffff:10.0.0.0/104'),
      [`${blockAt}: Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address`],
    ],
    ['another spelling where it may be', networkPolicies, blocked('FD00::/64'), []],
    [
      'a parent in no group',
      ipAddresses,
      { parentRef: { ...parent, group: 'Bad_' } },
      [`spec.parentRef.group: Invalid value: "Bad_": ${subdomain}`],
    ],
    [
      'a controller in no domain',
      ingressClasses,
      { controller: 'Bad_/c d' },
      [
        `spec.controller: Invalid value: "Bad_": ${subdomain}`,
        `spec.controller: Invalid value: "c d": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
      ],
    ],
    ['no controller', ingressClasses, {}, ['spec.controller: Required value']],
    [
      'parameters of no scope',
      ingressClasses,
      using({ scope: '' }),
      [`${at}.scope: Unsupported value: "": supported values: "Cluster", "Namespace"`],
    ],
    [
      'parameters of the cluster in a namespace',
      ingressClasses,
      using({ namespace: 'n' }),
      [`${at}.namespace: Forbidden: \`parameters.scope\` is set to 'Cluster'`],
    ],
    [
      'parameters in no namespace',
      ingressClasses,
      using({ scope: 'Namespace' }),
      [`${at}.namespace: Required value: \`parameters.scope\` is set to 'Namespace'`],
    ],
  ];
  for (const [what, of, spec, errors] of created)
    it(what, () => {
      const row = of as ResourceRow;
      assert.deepEqual((row.validate?.(made(row, spec)) ?? []).map(String), errors);
    });

  const one = cidrs('10.0.0.0/24');
  const changed: [string, unknown, object, object, string[]][] = [
    ['a second range', serviceCIDRs, one, cidrs('10.0.0.0/24', 'fd00::/64'), []],
    [
      'a second range that is none',
      serviceCIDRs,
      one,
      cidrs('10.1.0.0/24', 'x'),
      [
        'spec.cidrs[0]: Invalid value: "10.1.0.0/24": field is immutable',
        `spec.cidrs[1]: Invalid value: "x": ${invalidCidr}`,
      ],
    ],
    ['a range less', serviceCIDRs, one, {}, ['spec.cidrs: Invalid value: null: field is immutable']],
    [
      'another second range',
      serviceCIDRs,
      cidrs('a', 'b'),
      cidrs('a', 'c'),
      ['spec.cidrs[1]: Invalid value: "c": field is immutable'],
    ],
    [
      'no parent',
      ipAddresses,
      { parentRef: parent },
      {},
      ['spec.parentRef: Required value', 'spec.parentRef: Invalid value: null: field is immutable'],
    ],
  ];
  for (const [what, of, before, after, errors] of changed)
    it(`${what}, later`, () => {
      const row = of as ResourceRow;
      assert.deepEqual((row.validateUpdate?.(made(row, after), made(row, before)) ?? []).map(String), errors);
    });
});
