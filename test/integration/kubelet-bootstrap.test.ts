import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { nodes } from '../../api/resources/core/node.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import { connect, type Connected } from '../../client/client-flags.ts';
import { createCertificateAuthority, writeKeyPair } from '../../component/certificates.ts';
import { systemClock } from '../../component/clock.ts';
import { systemRandom as random } from '../../component/random.ts';
import { toYaml } from '../../component/yaml.ts';
import { requestApprovingController } from '../../controllers/certificates/request-approving.ts';
import { requestSigningController } from '../../controllers/certificates/request-signing.ts';
import { bootstrapClient } from '../../kubelet/certificates/bootstrap.ts';
import { createCertificateStore, type CertificateStore } from '../../component/certificate-store.ts';
import { dueMs, rotateClientCertificate } from '../../kubelet/certificates/rotate-client-certificate.ts';
import { testDeps } from '../support/api-server.ts';
import { bindGroups } from '../support/bind-groups.ts';
import { startTestControllers, type TestControllers } from '../support/controllers.ts';
import { eventually } from '../support/eventually.ts';

const hourMs = 3_600_000;

describe('a node that joins with a bootstrap token', () => {
  /** Both can be moved on beyond the world's. */
  const ahead = { wallMs: 0, monotonicMs: 0 };
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + ahead.wallMs,
    monotonicMs: () => systemClock.monotonicMs() + ahead.monotonicMs,
  };
  const deps = testDeps({ clock });
  const stop = new AbortController();
  let folder: string;
  let cluster: TestControllers;
  let store: CertificateStore;
  let kubeconfig: string;
  let connected: Connected | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-bootstrap-'));
    kubeconfig = join(folder, 'kubelet.kubeconfig');
    store = createCertificateStore(join(folder, 'pki'), deps);
    const authority = await createCertificateAuthority({ commonName: 'kubernetes' }, { clock, random });
    const files = { certificateFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key') };
    await writeKeyPair(files, authority);
    cluster = await startTestControllers([requestApprovingController, requestSigningController], {
      config: {
        clusterSigningCertFile: files.certificateFile,
        clusterSigningKeyFile: files.keyFile,
        clusterSigningDurationMs: hourMs,
      },
      server: {
        clientCaFile: files.certificateFile,
        config: {
          authorizationModes: ['Node', 'RBAC'],
          authentication: { bootstrapTokens: true, apiAudiences: ['https://kubernetes.default.svc.cluster.local'] },
        },
      },
    });
    const { client } = cluster;
    await client.create(secrets, {
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:test',
      },
    });
    const requests = 'system:certificates.k8s.io:certificatesigningrequests';
    await bindGroups(client, [
      ['system:node-bootstrapper', 'system:bootstrappers:test'],
      [`${requests}:nodeclient`, 'system:bootstrappers:test'],
      [`${requests}:selfnodeclient`, 'system:nodes'],
    ]);
    await writeFile(
      join(folder, 'bootstrap.kubeconfig'),
      toYaml({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'c',
            cluster: {
              server: cluster.api.url,
              'certificate-authority-data': Buffer.from(cluster.api.ca).toString('base64'),
            },
          },
        ],
        users: [{ name: 'u', user: { token: 'abcdef.0123456789abcdef' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
  });
  after(async () => {
    stop.abort(new Error('the test is over'));
    connected?.transport.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const join1 = () =>
    bootstrapClient(
      { kubeconfig, bootstrapKubeconfig: join(folder, 'bootstrap.kubeconfig'), nodeName: 'n1', store },
      deps,
      stop.signal,
    );
  /** Who the server takes the kubelet for, and by which certificate. */
  const whoAmI = async (): Promise<{ readonly username: string; readonly credential: string | undefined }> => {
    const answer = await connected!.client.raw({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: { 'content-type': 'application/json' },
      body: '{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}',
    });
    const { status } = JSON.parse(await answer.text()) as {
      status: { userInfo: { username: string; extra?: Record<string, string[]> } };
    };
    const { username, extra } = status.userInfo;
    return { username, credential: extra?.['authentication.kubernetes.io/credential-id']?.[0] };
  };
  const idOf = async (): Promise<string> => {
    const { certificate } = (await store.current())!;
    return `X509SHA256=${new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase()}`;
  };

  it('gets a certificate of its own and a kubeconfig that uses it, for nobody else to read', async () => {
    await join1();
    for (const file of [kubeconfig, store.currentFile]) assert.equal((await stat(file)).mode & 0o777, 0o600);
    connected = await connect({ kubeconfig, master: '' }, 'kubelet', deps);
    assert.deepEqual(await whoAmI(), { username: 'system:node:n1', credential: await idOf() });
    await connected.client.create(nodes, { metadata: { name: 'n1' } });
  });

  it('does nothing when it has joined already', async () => {
    const before = await cluster.client.list(certificateSigningRequests);
    await join1();
    const afterwards = await cluster.client.list(certificateSigningRequests);
    assert.equal(afterwards.items.length, before.items.length);
  });

  it('renews its certificate before it ends, without losing a watch', async () => {
    const seen: (string | undefined)[] = [];
    const watching = (async () => {
      const { metadata } = await connected!.client.get(nodes, { name: 'n1' });
      const from = {
        resourceVersion: metadata.resourceVersion,
        signal: stop.signal,
        fieldSelector: 'metadata.name=n1',
      };
      for await (const { object } of connected!.client.watch(nodes, {}, from))
        seen.push(object.metadata.labels?.['seen']);
      seen.push('the watch ended');
    })();
    watching.catch((error: unknown) => seen.push(String(error)));
    const label = (value: string) =>
      cluster.client.patch(nodes, { name: 'n1' }, { type: 'merge', body: { metadata: { labels: { seen: value } } } });
    // The watch may begin a moment later; what is written before it begins is not its own.
    let marks = 0;
    await eventually('the watch is there', async () => {
      await label(`before-${marks++}`);
      return seen.length > 0;
    });

    const first = await idOf();
    ahead.wallMs = 0.99 * hourMs;
    const renewed = Promise.withResolvers<void>();
    const watched: CertificateStore = {
      ...store,
      update: async (pair) => {
        await store.update(pair);
        ahead.wallMs = 0;
        renewed.resolve();
      },
    };
    const rotation = new AbortController();
    const rotating = rotateClientCertificate(
      { client: connected!.unlimited('certificates'), nodeName: 'n1', store: watched },
      deps,
      rotation.signal,
    );
    await renewed.promise;
    rotation.abort(new Error('once is enough'));
    await rotating;
    const second = await idOf();
    assert.notEqual(second, first);
    assert.equal((await whoAmI()).credential, first);
    ahead.monotonicMs += 61_000;
    assert.deepEqual(await whoAmI(), { username: 'system:node:n1', credential: second });
    await label('after');
    await eventually('the watch has seen it', () => seen.includes('after'));
    assert.deepEqual(
      seen.filter((mark) => !/^(before-\d+|after)$/.test(mark ?? '')),
      [],
    );
    assert.equal((await readdir(join(folder, 'pki'))).filter((name) => /client-\d/.test(name)).length, 2);
    assert.match(await deps.metrics.metrics(), /kubelet_certificate_manager_client_ttl_seconds 3[0-9]{3}/);
  });

  it('asks when seven to nine tenths of the time are over', () => {
    const life = { notBeforeMs: 1000, notAfterMs: 2000 };
    assert.deepEqual([dueMs(life, 0), dueMs(life, 0.5), dueMs(life, 1)], [1700, 1800, 1900]);
  });

  it('asks anew where its file is broken', async () => {
    await rm(kubeconfig);
    await writeFile(store.currentFile, 'half a certific');
    assert.equal(await store.current(), undefined);
    await join1();
    connected!.transport.close();
    connected = await connect({ kubeconfig, master: '' }, 'kubelet', deps);
    assert.equal((await whoAmI()).credential, await idOf());
  });
});
