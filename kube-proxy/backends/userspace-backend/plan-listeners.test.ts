import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { backendOptions, servicePort } from '../service-port.fixture.ts';
import { planListeners } from './plan-listeners.ts';

const node = ['127.0.0.1', '192.0.2.10', '198.51.100.10'];
const web = servicePort(['10.0.0.1:8080'], { nodePort: 30080 });

describe('planListeners', () => {
  const keysOf = (...args: Parameters<typeof planListeners>): string[] => [...planListeners(...args).listeners.keys()];

  for (const { name, options, expected } of [
    { name: 'on every address of the node', options: {}, expected: node },
    { name: 'in the ranges given', options: { nodePortAddresses: ['192.0.2.0/24'] }, expected: ['192.0.2.10'] },
    { name: 'not on localhost', options: { localhostNodePorts: false }, expected: node.slice(1) },
  ]) {
    it(`opens node ports ${name}`, () =>
      assert.deepEqual(keysOf([web], node, { ...backendOptions, ...options }), [
        ...expected.map((ip) => `TCP ${ip} 30080`),
        'TCP 10.199.0.10 80',
      ]));
  }

  it('takes the addresses of services, but none that the node has already', () => {
    const table = [servicePort([], { externalIps: ['192.0.2.10', '203.0.113.1'], loadBalancerIps: ['203.0.113.2'] })];
    const { addresses, listeners } = planListeners(table, node, backendOptions);
    assert.deepEqual([...addresses].sort(), ['10.199.0.10', '203.0.113.1', '203.0.113.2']);
    assert.ok(listeners.has('TCP 192.0.2.10 80'));
  });

  it('serves what comes from outside by other endpoints than what comes from inside', () => {
    const [inside, outside] = [servicePort(['10.0.0.1:80']), servicePort(['10.0.0.2:80'])].map((p) => p.allEndpoints);
    const table = [{ ...web, clusterEndpoints: inside!, externalEndpoints: outside! }];
    const { listeners } = planListeners(table, node, backendOptions);
    assert.equal(listeners.get('TCP 10.199.0.10 80')?.backends.endpoints, inside);
    assert.equal(listeners.get('TCP 192.0.2.10 30080')?.backends.endpoints, outside);
  });

  it('lets to the address of a load balancer only whom its source ranges name', () => {
    const ranges = ['192.0.2.0/25', '10.1.0.0/16'];
    const table = [servicePort([], { loadBalancerIps: ['203.0.113.2'], loadBalancerSourceRanges: ranges })];
    const { listeners } = planListeners(table, node, backendOptions);
    const mayConnect = listeners.get('TCP 203.0.113.2 80')!.backends.mayConnect!;
    const cases = { '192.0.2.1': true, '192.0.2.200': false, '10.1.255.1': true, '10.2.0.1': false };
    for (const [address, expected] of Object.entries(cases)) assert.equal(mayConnect(address), expected, address);
    assert.equal(listeners.get('TCP 10.199.0.10 80')!.backends.mayConnect, undefined);
  });
});
