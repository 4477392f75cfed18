import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ipAddresses } from '../../api/resources/networking/ip-address.ts';
import {
  startInProcessApiServer,
  type Answer,
  type InProcessApiServer,
} from '../../test/support/in-process-api-server.ts';
import { testDeps } from '../../test/support/api-server.ts';
import { createMemoryStorage } from '../storage/memory-storage.ts';

const collection = '/api/v1/namespaces/default/services';
const merge = { 'content-type': 'application/merge-patch+json' };
const config = { serviceClusterIpRange: '10.96.0.0/28', serviceNodePortRange: '30000-30009' };

interface Spec {
  readonly clusterIP: string;
  readonly clusterIPs: string[];
  readonly ports: { nodePort?: number }[];
}

describe('addresses of services', () => {
  const storage = createMemoryStorage(testDeps());
  let api: InProcessApiServer;
  let other: InProcessApiServer;
  before(async () => {
    [api, other] = await Promise.all([
      startInProcessApiServer({ storage, config }),
      startInProcessApiServer({ storage, config: { ...config, advertise: { address: '192.0.2.2', port: 6443 } } }),
    ]);
  });
  after(async () => {
    await Promise.all([api.stop(), other.stop()]);
    await storage.close();
  });

  const create = (name: string, spec: object = {}, through = api): Promise<Answer> =>
    through.send('POST', collection, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  const specOf = (answer: Answer): Spec => answer.body.spec;
  const remove = (name: string): Promise<unknown> => api.send('DELETE', `${collection}/${name}`);

  it('takes an address by an object of its name, and gives it back', async () => {
    const { clusterIP, clusterIPs } = specOf(await create('simple'));
    assert.match(clusterIP, /^10\.96\.0\.\d+$/);
    assert.deepEqual(clusterIPs, [clusterIP]);
    const address = await api.client.get(ipAddresses, { name: clusterIP });
    assert.deepEqual(address.spec!.parentRef, { resource: 'services', namespace: 'default', name: 'simple' });
    await remove('simple');
    assert.equal((await api.send('GET', `/apis/networking.k8s.io/v1/ipaddresses/${clusterIP}`)).status, 404);
  });

  it('gives no address twice, through whichever server', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `many-${i}`);
    const answers = await Promise.all(names.map((name, i) => create(name, {}, i % 2 ? api : other)));
    const addresses = answers.map((answer) => specOf(answer).clusterIP);
    assert.equal(new Set(addresses).size, names.length);
    for (const name of names) await remove(name);
  });

  it('says when the range is full, and takes nothing then', async () => {
    const names = Array.from({ length: 13 }, (_, i) => `full-${i}`);
    for (const name of names) assert.equal((await create(name)).status, 201);
    const refused = await create('one-more');
    assert.equal(refused.status, 500);
    assert.match(refused.body.message, /failed to allocate a serviceIP: range is full/);
    await remove('full-0');
    assert.equal((await create('one-more')).status, 201);
    for (const name of [...names, 'one-more']) await remove(name);
  });

  it('takes the address that is asked for, if it can be had', async () => {
    assert.equal(specOf(await create('wanted', { clusterIP: '10.96.0.5' })).clusterIP, '10.96.0.5');
    const taken = await create('wanted-too', { clusterIP: '10.96.0.5' });
    assert.equal(taken.status, 422);
    assert.match(taken.body.message, /10\.96\.0\.5: provided IP is already allocated/);
    const outside = await create('outside', { clusterIP: '10.97.0.5' });
    assert.match(outside.body.message, /is not in the valid range\. The range of valid IPs is/);
    await remove('wanted');
  });

  it('gives the address back when the service is refused', async () => {
    const refused = await create('refused', { clusterIP: '10.96.0.6', ports: [{ port: 0 }] });
    assert.equal(refused.status, 422);
    assert.equal((await create('allowed', { clusterIP: '10.96.0.6' })).status, 201);
    await remove('allowed');
  });

  it('gives headless services and external names none', async () => {
    assert.equal(specOf(await create('headless', { clusterIP: 'None', selector: { a: 'b' } })).clusterIP, 'None');
    const external = await create('external', { type: 'ExternalName', externalName: 'example.com' });
    assert.equal(specOf(external).clusterIP, undefined);
    await remove('headless');
    await remove('external');
  });

  it('gives node ports, each once, and takes them back', async () => {
    const nodePort = { type: 'NodePort' };
    const names = Array.from({ length: 10 }, (_, i) => `port-${i}`);
    const answers = await Promise.all(names.map((name, i) => create(name, nodePort, i % 2 ? api : other)));
    const ports = answers.map((answer) => specOf(answer).ports[0]!.nodePort!);
    assert.deepEqual(
      [...ports].sort(),
      [...Array(10).keys()].map((i) => 30_000 + i),
    );
    assert.match((await create('port-10', nodePort)).body.message, /range is full/);
    const [first] = names;
    const changed = await api.send('PATCH', `${collection}/${first}`, { spec: { type: 'ClusterIP' } }, merge);
    assert.equal(changed.body.spec.ports[0].nodePort, undefined);
    const again = await create('port-again', { type: 'NodePort', ports: [{ port: 80, nodePort: ports[0] }] });
    assert.equal(again.status, 201);
    const taken = await create('port-taken', { type: 'NodePort', ports: [{ port: 80, nodePort: ports[0] }] });
    assert.match(
      taken.body.message,
      /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/,
    );
    for (const name of [...names, 'port-again']) await remove(name);
  });

  it('pretends node ports in a dry run, which meet neither each other nor those of others', async () => {
    const tried = (ports: object[], more: object = {}): Promise<Answer> =>
      api.send('POST', `${collection}?dryRun=All`, {
        metadata: { name: 'tried' },
        spec: {
          type: 'LoadBalancer',
          ports: ports.map((port, i) => ({ name: `p${i}`, port: 80 + i, ...port })),
          ...more,
        },
      });
    const portsOf = (answer: Answer): unknown[] => specOf(answer).ports.map(({ nodePort }) => nodePort);
    assert.deepEqual(portsOf(await tried([{}, {}])), [32_769, 32_770]);
    assert.deepEqual(portsOf(await tried([{ nodePort: 30_005 }, {}])), [30_005, 30_006]);
    assert.deepEqual(portsOf(await tried([{ nodePort: 70 }])), [70]);
    const checked = await tried([{}], { externalTrafficPolicy: 'Local' });
    assert.equal(checked.body.spec.healthCheckNodePort, 32_770);
    await create('holder', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_004 }] });
    for (const ports of [[{ nodePort: 30_004 }], [{}, { nodePort: 32_769 }]])
      assert.match((await tried(ports)).body.message, /provided port is already allocated/);
    await remove('holder');
  });

  it('keeps what an update leaves out', async () => {
    const before = specOf(await create('updated', { type: 'NodePort' }));
    const body = { metadata: { name: 'updated' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } };
    const after = specOf(await api.send('PUT', `${collection}/updated`, body));
    assert.equal(after.clusterIP, before.clusterIP);
    assert.equal(after.ports[0]!.nodePort, before.ports[0]!.nodePort);
    await remove('updated');
  });

  it('knows its own service and endpoints, of all servers', async () => {
    const { body } = await api.send('GET', `${collection}/kubernetes`);
    assert.equal(body.spec.clusterIP, '10.96.0.1');
    const slice = await api.send('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes');
    const addresses = slice.body.endpoints.flatMap(
      (endpoint: { addresses: string[] }) => endpoint.addresses,
    ) as string[];
    assert.ok(addresses.includes('192.0.2.1') || addresses.includes('192.0.2.2'));
  });
});
