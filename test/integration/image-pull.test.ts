import Docker from 'dockerode';
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { events } from '../../api/resources/core/event.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import type { Container, Pod } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { startTestApiServer, type TestApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { busyboxImage, ensureBusyboxImage } from '../support/images.ts';
import { createTestNode, type RunningKubelet, type TestNode } from '../support/kubelet.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';

const namespace = 'default';

describe('kubelet and a registry', () => {
  const docker = new Docker();
  let api: TestApiServer;
  let client: Client;
  let registry: TestRegistry;
  let node: TestNode;
  let running: RunningKubelet;
  let image: string;

  before(async () => {
    await ensureBusyboxImage(docker);
    registry = await startRegistry();
    image = await registry.push(docker, busyboxImage, 'team/app:1');
    api = await startTestApiServer();
    ({ client } = api);
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace } });
    node = await createTestNode(client);
    running = await node.start();
  });
  after(async () => {
    await running?.stop();
    await node?.destroy();
    await api?.stop();
    await registry?.stop(docker);
  });
  afterEach(async () => {
    const { items } = await client.list(pods, { namespace });
    for (const { metadata } of items) await client.delete(pods, { namespace, name: metadata.name! });
    await eventually('the pods are gone', async () => (await client.list(pods, { namespace })).items.length === 0);
    await docker.getImage(image).remove({ force: true }).catch(ignoreMissing);
  });

  const run = (name: string, more: Partial<Container> & { readonly pullSecret?: string } = {}): Promise<Pod> => {
    const { pullSecret, ...container } = more;
    return client.create(pods, {
      metadata: { name, namespace },
      spec: {
        nodeName: node.nodeName,
        automountServiceAccountToken: false,
        restartPolicy: 'Never',
        containers: [{ name: 'main', image, command: ['true'], ...container }],
        ...(pullSecret ? { imagePullSecrets: [{ name: pullSecret }] } : {}),
      },
    });
  };
  const until = (name: string, what: string, check: (pod: Pod) => unknown): Promise<Pod> =>
    eventually(`${name}: ${what}`, async () => {
      const pod = await client.get(pods, { namespace, name });
      return check(pod) ? pod : undefined;
    });
  const succeeded = (name: string): Promise<Pod> =>
    until(name, 'succeeded', ({ status }) => status?.phase === 'Succeeded');
  const reasonToWait = (pod: Pod): string => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '';
  const createPullSecret = (name: string): Promise<unknown> => {
    const auths = { [registry.host]: { username: registry.username, password: registry.password } };
    return client.create(secrets, {
      metadata: { name, namespace },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    });
  };
  const eventsOf = async (name: string): Promise<string[]> =>
    (await client.list(events, { namespace }, { fieldSelector: `involvedObject.name=${name}` })).items.map(
      ({ reason, message }) => `${reason}: ${message}`,
    );
  const untilEvent = (name: string, pattern: RegExp): Promise<unknown> =>
    eventually(`${name}: event ${pattern}`, async () => (await eventsOf(name)).some((event) => pattern.test(event)));

  it('pulls an image that the host lacks, with the credentials of a pull secret', async () => {
    await createPullSecret('registry');
    await run('private', { pullSecret: 'registry' });
    const pod = await succeeded('private');
    await untilEvent('private', new RegExp(`^Pulling: Pulling image "${image}"$`));
    await untilEvent(
      'private',
      new RegExp(
        `^Pulled: Successfully pulled image "${image}" in \\d\\S*s \\(\\d\\S*s including waiting\\)\\. Image size: \\d+ bytes\\.$`,
      ),
    );
    const [status] = pod.status!.containerStatuses!;
    assert.match(status!.imageID, new RegExp(`^docker-pullable://${registry.host}/team/app@sha256:[0-9a-f]{64}$`));

    await run('again');
    await succeeded('again');
    await untilEvent('again', /^Pulled: Container image ".*" already present on machine/);
  });

  it('waits with back-off where the registry refuses, and starts once the secret is there', async () => {
    await run('refused', { pullSecret: 'late' });
    await until('refused', 'backs off', (pod) => reasonToWait(pod) === 'ImagePullBackOff');
    await untilEvent('refused', /^Failed: Failed to pull image ".*": .*(no basic auth credentials|unauthorized)/);
    await untilEvent('refused', new RegExp(`^BackOff: Back-off pulling image "${image}"$`));
    await createPullSecret('late');
    await succeeded('refused');
  });

  it('says that there is no such image', async () => {
    await run('missing', { image: `${registry.host}/team/none:1`, pullSecret: 'registry' });
    const pod = await until('missing', 'fails', (pod) => /^(ErrImagePull|ImagePullBackOff)$/.test(reasonToWait(pod)));
    assert.match(pod.status!.containerStatuses![0]!.state!.waiting!.message!, /manifest unknown|not found/);
  });

  it('asks the registry each time where the policy is Always: a moved tag brings the new image', async () => {
    await run('old', { imagePullPolicy: 'Always', pullSecret: 'registry' });
    const before = await succeeded('old');
    const container = await docker.createContainer({ Image: busyboxImage, Cmd: ['sh'] });
    try {
      await container.commit({ repo: 'k8ts-test/moved', tag: '1', changes: 'ENV MOVED=yes' });
      await registry.push(docker, 'k8ts-test/moved:1', 'team/app:1');
    } finally {
      await container.remove();
      await docker.getImage('k8ts-test/moved:1').remove();
    }
    await run('new', {
      imagePullPolicy: 'Always',
      pullSecret: 'registry',
      command: ['sh', '-c', '[ "$MOVED" = yes ]'],
    });
    const afterwards = await succeeded('new');
    assert.notEqual(afterwards.status!.containerStatuses![0]!.imageID, before.status!.containerStatuses![0]!.imageID);
  });
});

function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}
