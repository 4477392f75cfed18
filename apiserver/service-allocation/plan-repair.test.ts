import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Service, ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import type { IPAddress } from '../../api/schema/generated/networking-v1.ts';
import { ipAddressOf } from './cluster-ip-allocator.ts';
import { planAddressRepair, planPortRepair } from './plan-repair.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const service = (name: string, spec: Partial<ServiceSpec>): Service => ({
  metadata: { namespace: 'n', name },
  spec: { type: 'ClusterIP', ports: [], ...spec },
});
const held = (address: string, name: string, creationTimestamp = '2026-01-01T00:00:00Z'): IPAddress => {
  const object = ipAddressOf(address, { namespace: 'n', name });
  return { ...object, metadata: { ...object.metadata, creationTimestamp } };
};

describe('repair of cluster addresses', () => {
  const cases: {
    readonly it: string;
    readonly services: Service[];
    readonly addresses: IPAddress[];
    readonly create?: string[];
    readonly remove?: string[];
    readonly reasons?: string[];
  }[] = [
    {
      it: 'leaves alone what is as it should be',
      services: [service('a', { clusterIPs: ['10.0.0.1', 'fd00::1'] }), service('h', { clusterIPs: ['None'] })],
      addresses: [held('10.0.0.1', 'a'), held('fd00::1', 'a')],
    },
    {
      it: 'takes what a service uses and nobody holds',
      services: [service('a', { clusterIPs: ['10.0.0.1'] })],
      addresses: [],
      create: ['10.0.0.1 n/a'],
      reasons: ['ClusterIPNotAllocated'],
    },
    {
      it: 'gives back what was left over',
      services: [service('e', { type: 'ExternalName', clusterIPs: ['10.0.0.1'] })],
      addresses: [held('10.0.0.1', 'e'), held('10.0.0.2', 'gone')],
      remove: ['10.0.0.1', '10.0.0.2'],
      reasons: ['IPAddressNotAllocated', 'IPAddressNotAllocated'],
    },
    {
      it: 'waits for a service that is being created',
      services: [],
      addresses: [held('10.0.0.1', 'a', '2026-01-01T00:09:30Z')],
    },
    {
      it: 'leaves alone what others hold',
      services: [],
      addresses: [{ ...held('10.0.0.1', 'a'), metadata: { name: '10.0.0.1' } }],
    },
    {
      it: 'frees what is held for another service',
      services: [service('a', { clusterIPs: ['10.0.0.1'] })],
      addresses: [held('10.0.0.1', 'b')],
      remove: ['10.0.0.1'],
      reasons: ['ClusterIPNotAllocated'],
    },
    {
      it: 'tells the second of two services with one address',
      services: [service('a', { clusterIPs: ['10.0.0.1'] }), service('b', { clusterIPs: ['10.0.0.1'] })],
      addresses: [held('10.0.0.1', 'b')],
      reasons: ['ClusterIPAlreadyAllocated'],
    },
  ];
  for (const { it: name, services, addresses, create = [], remove = [], reasons = [] } of cases) {
    it(name, () => {
      const plan = planAddressRepair({ services, addresses, nowMs });
      assert.deepEqual(plan.create.map(({ address, owner }) => `${address} ${owner.namespace}/${owner.name}`), create); // prettier-ignore
      assert.deepEqual(plan.remove.map(({ metadata }) => metadata.name), remove); // prettier-ignore
      assert.deepEqual(plan.notes.map(({ event }) => event.reason), reasons); // prettier-ignore
    });
  }
});

describe('repair of node ports', () => {
  it('adds what services use, finds what none uses, and tells of conflicts', () => {
    const services = [
      service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }, { port: 81, nodePort: 30002 }] }), // prettier-ignore
      service('b', { type: 'LoadBalancer', healthCheckNodePort: 30003, ports: [{ port: 80, nodePort: 30001 }] }),
      service('c', { type: 'NodePort', ports: [{ port: 80, nodePort: 1 }] }),
    ];
    const taken = new Set([30001, 30009]);
    const plan = planPortRepair({ services, taken, isInRange: (port) => port >= 30000 });
    assert.deepEqual(plan.add, [30002, 30003]);
    assert.deepEqual(plan.unused, [30009]);
    assert.deepEqual(
      plan.notes.map(({ about, event }) => `${about.metadata.name} ${event.message}`),
      [
        'a Port 30002 is not allocated; repairing',
        'b Port 30001 was assigned to multiple services; please recreate service',
        'b Port 30003 is not allocated; repairing',
        'c Port 1 is not within the port range; please recreate service',
      ],
    );
  });
});
