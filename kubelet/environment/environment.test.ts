import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Container, Service } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { environmentOf, type EnvironmentInput } from './environment.ts';
import { expand } from './expand.ts';
import { fieldValue } from './field-ref.ts';
import { resourceValue } from './resource-ref.ts';
import { serviceEnvironment } from './service-environment.ts';

const pod: ReadonlyPod = {
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid: 'u1',
    labels: { app: 'web', 'a/b': 'say "hi"\n' },
    annotations: { note: 'n' },
  },
  spec: { containers: [], serviceAccountName: 'robot', nodeName: 'n1' },
};
const addresses = { podIps: ['10.0.0.2', 'fd00::2'], hostIps: ['192.0.2.1'], nodeName: 'n1' };

describe('expansion of variables', () => {
  const values: Readonly<Record<string, string>> = { A: '1', EMPTY: '', NESTED: '$(A)' };
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$(EMPTY)', ''],
    ['$(NO)', '$(NO)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$A ${A} $', '$A ${A} $'],
    ['$(A', '$(A'],
    ['$(NESTED)', '$(A)'],
  ];
  for (const [text, expected] of cases) {
    it(JSON.stringify(text), () =>
      assert.equal(
        expand(text, (name) => values[name]),
        expected,
      ),
    );
  }
});

describe('downward API', () => {
  const fields: [string, string][] = [
    ['metadata.name', 'web-0'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u1'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['note']", 'n'],
    ['metadata.labels', 'a/b="say \\"hi\\"\\n"\napp="web"'],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.podIP', '10.0.0.2'],
    ['status.podIPs', '10.0.0.2,fd00::2'],
    ['status.hostIP', '192.0.2.1'],
  ];
  for (const [path, expected] of fields) {
    it(path, () => assert.equal(fieldValue(pod, path, addresses), expected));
  }
  it('refuses what is not offered', () => assert.throws(() => fieldValue(pod, 'spec.containers', addresses)));

  const container: Container = {
    name: 'c',
    resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } },
  };
  const allocatable = { cpu: '2', memory: '1Gi', 'ephemeral-storage': '10Gi' };
  const resources: [string, string | undefined, string][] = [
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['requests.cpu', '1m', '250'],
    ['limits.memory', '1Mi', '64'],
    ['requests.memory', '1', '67108864'],
    ['limits.ephemeral-storage', '1Gi', '10'],
    ['requests.ephemeral-storage', undefined, '0'],
  ];
  for (const [resource, divisor, expected] of resources) {
    it(`${resource} by ${divisor}`, () =>
      assert.equal(resourceValue(container, { resource, divisor }, allocatable), expected));
  }
});

describe('service variables', () => {
  const service = (namespace: string, name: string, spec: Service['spec']): Service => ({
    metadata: { name, namespace },
    spec,
  });
  const services = [
    service('default', 'kubernetes', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }),
    service('default', 'other', { clusterIP: '10.96.0.9', ports: [{ port: 1 }] }),
    service('shop', 'web-front', {
      clusterIP: '10.96.0.2',
      ports: [{ port: 80 }, { name: 'm', port: 90, protocol: 'UDP' }],
    }),
    service('shop', 'headless', { clusterIP: 'None', ports: [{ port: 80 }] }),
  ];

  it('names the API server only where links are off', () => {
    assert.deepEqual(
      Object.fromEntries(serviceEnvironment(services, { namespace: 'shop', enableServiceLinks: false })),
      {
        KUBERNETES_SERVICE_HOST: '10.96.0.1',
        KUBERNETES_SERVICE_PORT: '443',
        KUBERNETES_SERVICE_PORT_HTTPS: '443',
        KUBERNETES_PORT: 'tcp://10.96.0.1:443',
        KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
        KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
        KUBERNETES_PORT_443_TCP_PORT: '443',
        KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
      },
    );
  });

  it('names the services of the namespace', () => {
    const env = serviceEnvironment(services, { namespace: 'shop', enableServiceLinks: true });
    assert.equal(env.get('WEB_FRONT_SERVICE_PORT'), '80');
    assert.equal(env.get('WEB_FRONT_SERVICE_PORT_M'), '90');
    assert.equal(env.get('WEB_FRONT_PORT_90_UDP'), 'udp://10.96.0.2:90');
    assert.equal(env.get('KUBERNETES_SERVICE_HOST'), '10.96.0.1');
    assert.equal(env.has('OTHER_SERVICE_HOST'), false);
    assert.equal(env.has('HEADLESS_SERVICE_HOST'), false);
  });
});

describe('environment', () => {
  const objects: EnvironmentInput['objects'] = {
    configMap: (name) =>
      Promise.resolve(name === 'settings' ? { metadata: {}, data: { COLOUR: 'red', SIZE: 'L' } } : undefined),
    secret: (name) =>
      Promise.resolve(
        name === 'keys' ? { metadata: {}, data: { TOKEN: Buffer.from('s3').toString('base64') } } : undefined,
      ),
  };
  const env = async (container: Partial<Container>): Promise<Record<string, string>> =>
    Object.fromEntries(
      (
        await environmentOf({
          pod,
          container: { name: 'c', ...container },
          objects,
          addresses,
          services: new Map([['SVC_HOST', '10.96.0.2']]),
          allocatable: {},
        })
      ).map(({ name, value }) => [name, value]),
    );

  it('lets env win over envFrom over services, and expands', async () => {
    assert.deepEqual(
      await env({
        envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }],
        env: [
          { name: 'P_SIZE', value: 'XL' },
          { name: 'URL', value: 'http://$(SVC_HOST)/$(P_COLOUR)/$(LATER)' },
          { name: 'LATER', value: 'x' },
          { name: 'EMPTY' },
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
          { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no', optional: true } } },
        ],
      }),
      {
        P_COLOUR: 'red',
        P_SIZE: 'XL',
        TOKEN: 's3',
        URL: 'http://10.96.0.2/red/$(LATER)',
        LATER: 'x',
        EMPTY: '',
        POD: 'web-0',
        KEY: 's3',
        SVC_HOST: '10.96.0.2',
      },
    );
  });

  const failures: [string, Partial<Container>, RegExp][] = [
    ['configmap', { envFrom: [{ configMapRef: { name: 'no' } }] }, /^configmap "no" not found$/],
    [
      'secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
      /^secret "no" not found$/,
    ],
    [
      'key',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
      /^couldn't find key k in ConfigMap shop\/settings$/,
    ],
  ];
  for (const [what, container, message] of failures) {
    it(`says which ${what} is missing`, () =>
      assert.rejects(env(container), (error: Error) => message.test(error.message)));
  }
});
