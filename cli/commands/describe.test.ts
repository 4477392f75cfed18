import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { deployments } from '../../api/resources/apps/deployment.ts';
import { replicaSets } from '../../api/resources/apps/replica-set.ts';
import { jobs } from '../../api/resources/batch/job.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import { services } from '../../api/resources/core/service.ts';
import { events } from '../../api/resources/core/event.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';
import { createTestCli, type TestCli } from '../../test/support/run-cli.ts';

describe('k8ts describe', () => {
  let server: TestApiServer;
  let cli: TestCli;
  before(async () => {
    server = await startTestApiServer();
    cli = createTestCli(server);
    const metadata = { namespace: 'default', name: 'web', labels: { b: '2', a: '1' } };
    await server.client.create(services, {
      metadata,
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
    });
    await server.client.create(endpointSlices, {
      metadata: { namespace: 'default', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['10.1.0.1'] },
        { addresses: ['10.1.0.2'] },
        { addresses: ['10.1.0.3'], conditions: { ready: false } },
      ],
      ports: [{ name: 'http', port: 80 }],
    });
    const { uid } = (await server.client.get(services, { namespace: 'default', name: 'web' })).metadata;
    await server.client.create(events, {
      metadata: { namespace: 'default', name: 'web.1' },
      involvedObject: { kind: 'Service', namespace: 'default', name: 'web', uid },
      type: 'Warning',
      reason: 'Trouble',
      message: 'nothing answers',
      source: { component: 'tester' },
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 3,
    });
  });
  after(async () => {
    cli.remove();
    await server.stop();
  });

  it('shows a service as kubectl does, with its endpoints and events', async () => {
    const { clusterIP } = (await server.client.get(services, { namespace: 'default', name: 'web' })).spec!;
    const { stdout, stderr } = await cli.run(['describe', 'svc/web']);
    assert.equal(stderr, '');
    const lines = stdout.split('\n');
    assert.deepEqual(lines.slice(0, -2), [
      'Name:                     web',
      'Namespace:                default',
      'Labels:                   a=1',
      '                          b=2',
      'Annotations:              <none>',
      'Selector:                 app=web',
      'Type:                     ClusterIP',
      'IP Family Policy:         SingleStack',
      'IP Families:              IPv4',
      `IP:                       ${clusterIP}`,
      `IPs:                      ${clusterIP}`,
      'Port:                     http  80/TCP',
      'TargetPort:               80/TCP',
      'Endpoints:                10.1.0.1:80,10.1.0.2:80',
      'Session Affinity:         None',
      'Internal Traffic Policy:  Cluster',
      'Events:',
      lines[17],
      lines[18],
    ]);
    assert.match(lines[17]!, /^ {2}Type +Reason +Age +From +Message$/);
    assert.match(lines.at(-2)!, /^ {2}Warning {2}Trouble {2}\S+ \(x3 over \S+\) {2}tester {2}nothing answers$/);
  });

  it('shows the data of a config map by its own keys, and of a secret the size alone', async () => {
    const metadata = { namespace: 'default', name: 'app' };
    const data = { fooBar: 'one\ntwo', aKey: 'v' };
    await server.client.create(configMaps, { metadata, data, binaryData: { bin: 'AAEC' } });
    await server.client.create(secrets, { metadata, stringData: { passWord: 'hush!' } });
    const map = (await cli.run(['describe', 'cm/app'])).stdout;
    assert.match(
      map,
      /\n\nData\n====\naKey:\n----\nv\n\nfooBar:\n----\none\ntwo\n\n\nBinaryData\n====\nbin: 3 bytes\n\nEvents: +<none>\n$/,
    );
    const secret = (await cli.run(['describe', 'secret/app'])).stdout;
    assert.match(secret, /\n\nType: {2}Opaque\n\nData\n====\npassWord: {2}5 bytes\n$/);
    assert.doesNotMatch(secret, /hush/);
  });

  it('shows a deployment with its template and replica sets, and a pod with its containers', async () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'nginx', resources: { limits: { cpu: '500m' } } }] },
    };
    const metadata = { namespace: 'default', name: 'app' };
    const spec = { selector: { matchLabels: { app: 'web' } }, template };
    const { uid } = (await server.client.create(deployments, { metadata, spec })).metadata;
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'app', uid: uid!, controller: true }];
    const owned = { ...metadata, name: 'app-1', labels: { app: 'web' }, ownerReferences };
    await server.client.create(replicaSets, { metadata: owned, spec });
    const deployment = (await cli.run(['describe', 'deploy/app'])).stdout;
    assert.match(deployment, /\nReplicas: +1 desired \| 0 updated \| 0 total \| 0 available \| 0 unavailable\n/);
    assert.match(
      deployment,
      /\nPod Template:\n {2}Labels: {2}app=web\n {2}Containers:\n {3}main:\n {4}Image: +nginx\n/,
    );
    assert.match(
      deployment,
      /\nOldReplicaSets: +app-1 \(0\/1 replicas created\)\nNewReplicaSet: +<none>\nEvents: +<none>\n$/,
    );
    assert.match(
      (await cli.run(['describe', 'rs/app-1'])).stdout,
      /\nControlled By: {2}Deployment\/app\nReplicas: {7}0 current \/ 1 desired\n/,
    );

    await server.client.create(serviceAccounts, { metadata: { namespace: 'default', name: 'default' } });
    await server.client.create(pods, { metadata, spec: { ...template.spec, nodeName: 'n1' } });
    const pod = (await cli.run(['describe', 'pod/app'])).stdout;
    assert.match(pod, /^Name: {13}app\n[\s\S]*\nNode: {13}n1\/\n[\s\S]*\nContainers:\n {2}main:\n/);
    assert.match(pod, /\n {4}Limits:\n {6}cpu: {2}500m\n {4}Requests:\n {6}cpu: {8}500m\n {4}Environment: {2}<none>\n/);
    await server.client.create(nodes, { metadata: { name: 'n1' }, status: { allocatable: { cpu: '2' } } });
    assert.match(
      (await cli.run(['describe', 'node/n1'])).stdout,
      /\n {2}default +app +500m \(25%\) +500m \(25%\) +0 \(0%\)/,
    );
    await server.client.create(jobs, {
      metadata,
      spec: { template: { spec: { ...template.spec, restartPolicy: 'Never' } } },
    });
    assert.match(
      (await cli.run(['describe', 'job/app'])).stdout,
      /\nPods Statuses: +0 Active \/ 0 Succeeded \/ 0 Failed\n/,
    );
  });

  it('shows other kinds field by field, and says where nothing happened', async () => {
    const { stdout } = await cli.run(['describe', 'ns', 'default']);
    assert.match(stdout, /^Name: +default\n[\s\S]*\nSpec:\n {2}Finalizers: {2}kubernetes\n[\s\S]*\nEvents: +<none>\n$/);
  });
});
