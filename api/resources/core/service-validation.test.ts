import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Service, ServiceSpec } from '../../schema/generated/core-v1.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';

const service = (spec: ServiceSpec = {}, annotations?: Record<string, string>): Service => ({
  metadata: { name: 's', annotations },
  spec: {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    ...spec,
  },
});

describe('validation of services', () => {
  it('takes a plain one', () => assert.deepEqual(validateService(service()), []));

  it('wants the annotations for topology to agree', () =>
    assert.deepEqual(
      validateService(
        service({}, { 'service.kubernetes.io/topology-mode': 'a', 'service.kubernetes.io/topology-aware-hints': 'b' }),
      ).map(String),
      [
        'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "a": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      ],
    ));

  for (const { what, next, errors } of [
    {
      what: 'other families',
      next: { ipFamilies: ['IPv6'], clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
      errors: [
        'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: may not change once set',
        'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
      ],
    },
    {
      what: 'another first family beside a second one',
      next: { ipFamilies: ['IPv6', 'IPv4'] },
      errors: [
        'spec.ipFamilies[0]: Invalid value: ["10.0.0.1"]: may not change once set',
        'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    },
    {
      what: 'a class that does not fit, which is told twice',
      next: { loadBalancerClass: 'a/b' },
      errors: [
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
    },
  ])
    it(`refuses to change to ${what}`, () =>
      assert.deepEqual(validateServiceUpdate(service(next), service()).map(String), errors));
});
