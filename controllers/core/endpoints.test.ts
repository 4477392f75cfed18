import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod, Service, ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import { planSubsets } from './endpoints.ts';

const service = (spec: Partial<ServiceSpec> = {}): Service => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec } as ServiceSpec,
});
const pod = (ip: string, isReady = true, more: Partial<Pod['metadata']> = {}, portNumber = 8080): Pod => ({
  metadata: { namespace: 'default', name: ip, uid: ip, ...more },
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'web', image: 'web:1', ports: [{ name: 'http', containerPort: portNumber }] }],
  },
  status: {
    phase: 'Running',
    podIP: ip,
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
  },
});
const shape = (...args: Parameters<typeof planSubsets>): unknown =>
  planSubsets(...args).subsets.map(({ addresses, notReadyAddresses, ports }) => ({
    ready: addresses?.map(({ ip }) => ip),
    notReady: notReadyAddresses?.map(({ ip }) => ip),
    ports: ports?.map(({ port }) => port),
  }));

describe('planSubsets', () => {
  it('orders addresses, ready ones apart', () =>
    assert.deepEqual(shape(service(), [pod('10.0.0.3'), pod('10.0.0.2', false), pod('10.0.0.1')]), [
      { ready: ['10.0.0.1', '10.0.0.3'], notReady: ['10.0.0.2'], ports: [8080] },
    ]));

  it('leaves out pods without an address, that have ended or go', () => {
    const going = pod('10.0.0.1', true, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    const ended: Pod = { ...pod('10.0.0.2'), status: { phase: 'Failed', podIP: '10.0.0.2' } };
    assert.deepEqual(shape(service(), [going, ended, pod('')]), []);
  });

  it('publishes what is not ready where the service wants it', () =>
    assert.deepEqual(shape(service({ publishNotReadyAddresses: true }), [pod('10.0.0.1', false)]), [
      { ready: ['10.0.0.1'], notReady: undefined, ports: [8080] },
    ]));

  it('groups by what a named port is in each pod', () => {
    const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
    assert.deepEqual(shape(named, [pod('10.0.0.1', true, {}, 1), pod('10.0.0.2', true, {}, 2)]), [
      { ready: ['10.0.0.1'], notReady: undefined, ports: [1] },
      { ready: ['10.0.0.2'], notReady: undefined, ports: [2] },
    ]);
  });

  it('says when there are more than it holds', () => {
    const many = Array.from({ length: 1001 }, (_, i) => pod(`10.0.${i >> 8}.${i & 255}`));
    const { subsets, isOverCapacity } = planSubsets(service(), many);
    assert.ok(isOverCapacity);
    assert.equal(subsets[0]?.addresses?.length, 1000);
  });
});
