import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod, Service } from '../../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/schema/generated/discovery-v1.ts';
import { endpointGroups, planEndpointSlices } from './plan-endpoint-slices.ts';

const service: Service = {
  metadata: { namespace: 'a', name: 'web', uid: 's', labels: { team: 'x' } },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.0.0.1',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, targetPort: 'web' }],
  },
};

function pod(index: number, options: { ready?: boolean; going?: boolean; port?: number; phase?: string } = {}): Pod {
  const { ready = true, going = false, port = 8080, phase = 'Running' } = options;
  return {
    metadata: {
      namespace: 'a',
      name: `web-${index}`,
      uid: `u${index}`,
      ...(going ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port }] }] },
    status: {
      phase,
      podIP: `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

const groupsOf = (pods: Pod[], of: Service = service) => endpointGroups(of, pods, () => undefined);
/** As the server would keep them: with names. */
const stored = (slices: EndpointSlice[]): EndpointSlice[] =>
  slices.map((slice, i) => ({ ...slice, metadata: { ...slice.metadata, name: `web-${i}` } }));

describe('endpointGroups', () => {
  it('tells ready endpoints from those that only serve while they go', () => {
    const [group] = groupsOf([
      pod(1),
      pod(2, { ready: false }),
      pod(3, { going: true }),
      pod(4, { phase: 'Succeeded' }),
    ]);
    assert.deepEqual(
      group!.endpoints.map(({ conditions }) => [conditions!.ready, conditions!.serving, conditions!.terminating]),
      [
        [true, true, false],
        [false, false, false],
        [false, true, true],
      ],
    );
    assert.deepEqual(group!.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
  });

  it('keeps pods apart that mean another number by a named port', () => {
    assert.deepEqual(
      groupsOf([pod(1), pod(2, { port: 9090 })]).map(({ ports, endpoints }) => [ports[0]!.port, endpoints.length]),
      [
        [8080, 1],
        [9090, 1],
      ],
    );
  });

  it('publishes what is not ready where the service says so', () => {
    const eager = { ...service, spec: { ...service.spec, publishNotReadyAddresses: true } };
    assert.equal(groupsOf([pod(1, { ready: false })], eager)[0]!.endpoints[0]!.conditions!.ready, true);
  });
});

describe('planEndpointSlices', () => {
  it('makes one slice with the labels by which it is found, even without endpoints', () => {
    const { create } = planEndpointSlices(service, groupsOf([]), []);
    assert.equal(create.length, 1);
    assert.deepEqual(create[0]!.metadata.labels, {
      team: 'x',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
  });

  it('fills slices of a hundred', () => {
    const { create } = planEndpointSlices(service, groupsOf(Array.from({ length: 250 }, (_, i) => pod(i))), []);
    assert.deepEqual(
      create.map(({ endpoints }) => endpoints!.length),
      [100, 100, 50],
    );
  });

  it('writes nothing where nothing has changed', () => {
    const groups = groupsOf([pod(1), pod(2)]);
    const existing = stored(planEndpointSlices(service, groups, []).create);
    assert.deepEqual(planEndpointSlices(service, groups, existing), { create: [], update: [], remove: [] });
  });

  it('touches only the slice that changes', () => {
    const pods = Array.from({ length: 150 }, (_, i) => pod(i));
    const existing = stored(planEndpointSlices(service, groupsOf(pods), []).create);
    const plan = planEndpointSlices(service, groupsOf([...pods.slice(0, 149), pod(149, { ready: false })]), existing);
    assert.deepEqual(
      [plan.create.length, plan.update.map((slice) => slice.metadata.name), plan.remove.length],
      [0, ['web-1'], 0],
    );
  });

  it('puts a new endpoint where there is room', () => {
    const pods = Array.from({ length: 150 }, (_, i) => pod(i));
    const existing = stored(planEndpointSlices(service, groupsOf(pods), []).create);
    const plan = planEndpointSlices(service, groupsOf([...pods, pod(200)]), existing);
    assert.deepEqual([plan.create.length, plan.update.map((slice) => slice.endpoints!.length)], [0, [51]]);
  });

  it('removes a slice that has become empty, but not the last one', () => {
    const pods = Array.from({ length: 150 }, (_, i) => pod(i));
    const existing = stored(planEndpointSlices(service, groupsOf(pods), []).create);
    assert.deepEqual(
      planEndpointSlices(service, groupsOf(pods.slice(0, 100)), existing).remove.map((slice) => slice.metadata.name),
      ['web-1'],
    );
    const plan = planEndpointSlices(service, groupsOf([]), existing);
    assert.equal(existing.length - plan.remove.length + plan.create.length, 1);
  });
});
