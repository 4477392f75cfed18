import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import { requestInfoOf } from '../stages/request-info.ts';
import {
  checkAddress,
  checkHost,
  nodeTarget,
  parseTargetName,
  podTarget,
  serviceTarget,
  type ReadObject,
} from './proxy-target.ts';

const objects: Readonly<Record<string, unknown>> = {
  'Pod/web': {
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 8080 }] }] },
    status: { podIP: '10.1.2.3' },
  },
  'Pod/local': { spec: { containers: [] }, status: { podIP: '127.0.0.1' } },
  'Service/web': { spec: { ports: [{ name: 'http', port: 80 }] } },
  'Service/idle': { spec: { ports: [{ port: 80 }] } },
  'Endpoints/web': {
    subsets: [{ addresses: [{ ip: '10.1.2.3' }, { ip: '10.1.2.4' }], ports: [{ name: 'http', port: 8080 }] }],
  },
  'Node/one': {
    status: {
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  },
};
const read: ReadObject = (row, name) => objects[`${row.kind}/${name}`];
const pod = (name: string) => podTarget(parseTargetName(name, 'pod'), read);
const service = (name: string, chance = 0) => serviceTarget(parseTargetName(name, 'service'), read, chance);
const node = (name: string) => nodeTarget(parseTargetName(name, 'node'), read, ['InternalIP']);
const at = (scheme: string, host: string, port: number): object => ({ kind: 'address', scheme, host, port });

describe('target of a proxied request', () => {
  it('is split as upstream does', () => {
    assert.deepEqual(parseTargetName('web', 'pod'), { scheme: '', name: 'web', port: '' });
    assert.deepEqual(parseTargetName('web:80', 'pod'), { scheme: '', name: 'web', port: '80' });
    assert.deepEqual(parseTargetName('https:web:http', 'pod'), { scheme: 'https', name: 'web', port: 'http' });
    assert.deepEqual(parseTargetName(':web:80', 'pod'), { scheme: '', name: 'web', port: '80' });
    for (const wrong of ['ftp:web:80', 'a:b:c:d', ':80', ''])
      assert.throws(() => parseTargetName(wrong, 'service'), {
        message: `invalid service request ${JSON.stringify(wrong)}`,
      });
  });

  it('of a pod is its address and first port', () => {
    assert.deepEqual(pod('web'), at('http', '10.1.2.3', 8080));
    assert.deepEqual(pod('https:web:9443'), at('https', '10.1.2.3', 9443));
    assert.throws(() => pod('absent'), { message: 'pods "absent" not found' });
    assert.throws(() => pod('local:80'), { message: 'address not allowed' });
    assert.throws(
      () => pod('web:http'),
      (error) => hasReason(error, 'BadRequest'),
    );
  });

  it('of a service is one of its endpoints', () => {
    assert.deepEqual(service('web'), at('http', '10.1.2.3', 8080));
    assert.deepEqual(service('web:http', 0.99), at('http', '10.1.2.4', 8080));
    assert.deepEqual(service('https:web:80'), at('https', '10.1.2.3', 8080));
    assert.throws(() => service('web:81'), { message: 'no service port 81 found for service "web"' });
    assert.throws(() => service('web:other'), { message: 'no endpoints available for service "web"' });
    assert.throws(() => service('idle'), { message: 'no endpoints available for service "idle"' });
  });

  it('of a node is its kubelet, or the port that is named', () => {
    assert.equal(node('one').kind, 'kubelet');
    assert.equal(node('https:one:10250').kind, 'kubelet');
    assert.deepEqual(node('one:9100'), at('http', '10.0.0.1', 9100));
  });

  it('is never the host of the API server', () => {
    for (const host of [
      '127.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '::1',
      '::',
      'fe80::1',
      'fe80::1%1',
      '0:0:0:0:0:0:0:1',
      '::0001',
      '::ffff:7f00:1',
      '::ffff:a9fe:a9fe',
      '255.255.255.255',
      '239.1.1.1',
      'ff02::1',
      '::ffff:127.0.0.1',
      'name',
      '',
    ])
      assert.throws(() => checkAddress(host), { message: 'address not allowed' }, host);
    for (const host of ['10.0.0.1', '192.168.1.1', 'fd00::1', '2001:db8::1', '::ffff:10.0.0.1']) checkAddress(host);
  });

  it('is not what a name stands for, either', async () => {
    for (const host of ['localhost', '127.0.0.1', '::1']) await assert.rejects(checkHost(host), /address not allowed/);
    await checkHost('10.0.0.1');
  });
});

describe('path of a proxied request', () => {
  it('names the object with scheme and port, and goes on below', () => {
    const path = '/api/v1/namespaces/ns/services/http:web:80/proxy/some/path';
    const info = requestInfoOf({ method: 'POST', path, query: new URLSearchParams() });
    const { verb, namespace, resource, subresource, name, parts } = info;
    assert.deepEqual(
      { verb, namespace, resource, subresource, name },
      { verb: 'create', namespace: 'ns', resource: 'services', subresource: 'proxy', name: 'http:web:80' },
    );
    assert.deepEqual(parts, ['services', 'http:web:80', 'proxy', 'some', 'path']);
  });
});
