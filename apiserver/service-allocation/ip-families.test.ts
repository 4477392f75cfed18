import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import { fillIPFamilies } from './ip-families.ts';

describe('families of services', () => {
  const one = ['IPv4'] as const;
  const two = ['IPv4', 'IPv6'] as const;
  const old: ServiceSpec = {
    type: 'ClusterIP',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1', 'fd00::1'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'PreferDualStack',
  };
  const headless = { clusterIP: 'None', clusterIPs: ['None'] };
  for (const { what, spec, configured, before, filled } of [
    {
      what: 'nothing said',
      spec: {},
      configured: two,
      filled: { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    },
    {
      what: 'two wanted where there are two',
      spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' },
      configured: two,
      filled: { ipFamilies: ['IPv6', 'IPv4'] },
    },
    {
      what: 'endpoints of others, with one family said',
      spec: { ...headless, ipFamilies: ['IPv6'] },
      configured: one,
      filled: { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' },
    },
    {
      what: 'a release of the second',
      spec: { ...old, ipFamilyPolicy: 'SingleStack' },
      configured: two,
      before: old,
      filled: { clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] },
    },
    {
      what: 'a cluster that has two families by now',
      spec: { ...old, clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] },
      configured: two,
      before: { ...old, clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] },
      filled: {},
    },
  ])
    it(`fills in: ${what}`, () => {
      const given: ServiceSpec = { type: 'ClusterIP', ...structuredClone(spec) };
      const expected = { ...structuredClone(given), ...filled };
      assert.deepEqual(fillIPFamilies(given, configured, before), []);
      assert.deepEqual(given, expected);
    });

  for (const { what, spec, configured, errors } of [
    {
      what: 'two of everything for a single stack',
      spec: { ...old, ipFamilyPolicy: 'SingleStack' },
      configured: two,
      errors: [
        `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified`,
        `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
      ],
    },
    {
      what: 'an address the cluster has none of',
      spec: { clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
      configured: one,
      errors: ['spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster'],
    },
    {
      what: 'two stacks where there is one',
      spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' },
      configured: one,
      errors: [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
        'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
      ],
    },
  ])
    it(`refuses ${what}`, () =>
      assert.deepEqual(fillIPFamilies({ type: 'ClusterIP', ...spec }, configured, undefined).map(String), errors));
});
