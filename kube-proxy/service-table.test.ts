import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Service, ServiceSpec } from '../api/schema/generated/core-v1.ts';
import type { Endpoint as SliceEndpoint, EndpointSlice } from '../api/schema/generated/discovery-v1.ts';
import { serviceTable, type ServicePort } from './service-table.ts';

const node = { name: 'here', family: 'IPv4' } as const;

function service(spec: Partial<ServiceSpec>, labels: Record<string, string> = {}): Service {
  return {
    metadata: { namespace: 'shop', name: 'web', labels },
    spec: { clusterIP: '10.96.0.5', ports: [{ port: 80 }], ...spec },
  };
}

function slice(endpoints: SliceEndpoint[], extra: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    metadata: { namespace: 'shop', name: 'web-1' },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints,
    ...extra,
  };
}

function one(spec: Partial<ServiceSpec>, slices: EndpointSlice[]): ServicePort {
  const [port, ...rest] = serviceTable([service(spec)], () => slices, node);
  assert.ok(port && rest.length === 0);
  return port;
}

const ips = (endpoints: readonly { ip: string }[]): string[] => endpoints.map((endpoint) => endpoint.ip);

describe('serviceTable', () => {
  it('pairs ports of slices with those of the service by name and protocol', () => {
    const spec: Partial<ServiceSpec> = {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 53, protocol: 'UDP', nodePort: 30053 },
      ],
    };
    const slices = [
      slice([{ addresses: ['1.1.1.1'] }], {
        ports: [
          { name: 'a', port: 8080 },
          { name: 'b', port: 5353, protocol: 'UDP' },
          { name: 'b', port: 9, protocol: 'TCP' },
        ],
      }),
    ];
    const table = serviceTable([service(spec)], () => slices, node);
    assert.deepEqual(
      table.map((p) => [p.name, p.protocol, p.port, p.nodePort, p.clusterEndpoints]),
      [
        ['shop/web:a', 'TCP', 80, 0, [{ ip: '1.1.1.1', port: 8080, isLocal: false }]],
        ['shop/web:b', 'UDP', 53, 30053, [{ ip: '1.1.1.1', port: 5353, isLocal: false }]],
      ],
    );
  });

  it('uses ready endpoints, and those that still serve while terminating only where none is ready', () => {
    const ready: SliceEndpoint = { addresses: ['1.1.1.1'], conditions: { ready: true } };
    const leaving: SliceEndpoint = {
      addresses: ['1.1.1.2'],
      conditions: { ready: false, serving: true, terminating: true },
    };
    const starting: SliceEndpoint = { addresses: ['1.1.1.3'], conditions: { ready: false } };
    assert.deepEqual(ips(one({}, [slice([ready, leaving, starting])]).clusterEndpoints), ['1.1.1.1']);
    assert.deepEqual(ips(one({}, [slice([leaving, starting])]).clusterEndpoints), ['1.1.1.2']);
    assert.deepEqual(one({}, [slice([starting])]).hasAnyEndpoint, false);
  });

  it('keeps traffic on the node where a policy says Local, and remembers that there are endpoints elsewhere', () => {
    const slices = [
      slice([
        { addresses: ['1.1.1.1'], nodeName: 'here' },
        { addresses: ['1.1.1.2'], nodeName: 'there' },
      ]),
    ];
    const external = one({ externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 }, slices);
    assert.deepEqual(
      [ips(external.externalEndpoints), ips(external.clusterEndpoints), external.healthCheckNodePort],
      [['1.1.1.1'], ['1.1.1.1', '1.1.1.2'], 31000],
    );
    const internal = one({ internalTrafficPolicy: 'Local' }, [slice([{ addresses: ['1.1.1.2'], nodeName: 'there' }])]);
    assert.deepEqual([internal.clusterEndpoints, internal.hasAnyEndpoint], [[], true]);
  });

  it('counts an address once, however many slices name it', () => {
    const both = [slice([{ addresses: ['1.1.1.1'] }]), slice([{ addresses: ['1.1.1.1'] }])];
    assert.equal(one({}, both).clusterEndpoints.length, 1);
  });

  it('reads session affinity with its default of three hours', () => {
    assert.equal(one({ sessionAffinity: 'ClientIP' }, []).affinitySeconds, 10_800);
    assert.equal(
      one({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }, [])
        .affinitySeconds,
      5,
    );
    assert.equal(one({ sessionAffinity: 'None' }, []).affinitySeconds, 0);
  });

  for (const [what, left] of [
    ['headless services', service({ clusterIP: 'None' })],
    ['external names', service({ type: 'ExternalName' })],
    ['services of another family', service({ clusterIP: 'fd00::5', clusterIPs: ['fd00::5'] })],
    ['services of another proxy', service({}, { 'service.kubernetes.io/service-proxy-name': 'other' })],
  ] as const) {
    it(`leaves out ${what}`, () =>
      assert.deepEqual(
        serviceTable([left], () => [], node),
        [],
      ));
  }
});
