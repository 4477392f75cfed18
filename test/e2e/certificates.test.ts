import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { hostIdentity } from '../../deploy/cluster-config.ts';
import { eventually } from '../support/eventually.ts';
import { createTestCluster, freePorts, type TestCluster } from './support/cluster.ts';
import { createNodeClient } from './support/node-client.ts';

/** The serial number that a server shows, by the authority of a file; the code of TLS's alert where it wants no such client. */
function shakeHands(port: number, host: string, files: { ca: string; pair?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const pair = files.pair && { cert: readFileSync(`${files.pair}.crt`), key: readFileSync(`${files.pair}.key`) };
    const socket = connectTls({ port, host, servername: '', ca: readFileSync(files.ca), ...pair });
    socket.once('secureConnect', () => {
      const { serialNumber } = socket.getPeerCertificate();
      // By TLS 1.3 a server refuses the client after the handshake is over for the client; an answer says it did not.
      socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
      socket.once('data', () => {
        resolve(serialNumber);
        socket.destroy();
      });
    });
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code ? resolve(error.code) : reject(error)));
  });
}

/** Steps in the life of a cluster, in order: later ones stand on earlier ones. */
describe('certificates of a cluster', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let etcdPort: number;
  const pki = (file: string): string => join(cluster.dataDir, 'pki', file);
  const up = (...args: string[]) => cluster.up(['--no-addons', '--only', 'etcd,kube-apiserver', ...args]);

  before(async () => {
    cluster = await createTestCluster(115);
    [etcdPort] = (await freePorts(1)) as [number];
  });
  after(() => cluster?.destroy());

  it('are asked for where etcd listens for others: plain HTTP is refused there', async () => {
    const failed = await up(`--etcd-listen-client-urls=http://0.0.0.0:${etcdPort}`).then(
      () => '',
      (error: Error) => error.message,
    );
    assert.match(
      failed,
      /error: --etcd-listen-client-urls: http:\/\/0\.0\.0\.0:\d+ would let everybody in who reaches it/,
    );
  });

  it('guard etcd: the API server has one, and who has none of its authority is not let in', async () => {
    await up(
      `--etcd-listen-client-urls=https://0.0.0.0:${etcdPort}`,
      '--audit',
      '--kube-apiserver-arg=service-account-extend-token-expiration=false',
    );
    const { nodeIp } = hostIdentity();
    const ca = pki('etcd/ca.crt');
    for (const host of ['127.0.0.1', nodeIp]) {
      const serial = await shakeHands(etcdPort, host, { ca, pair: pki('etcd/healthcheck-client') });
      assert.match(serial, /^[0-9A-F]{32}$/);
      assert.match(await shakeHands(etcdPort, host, { ca }), /^ERR_SSL_.*CERTIFICATE|^ECONNRESET$/);
      const foreign = await shakeHands(etcdPort, host, { ca, pair: pki('kube-scheduler-client') });
      assert.match(foreign, /^ERR_SSL_.*(CERTIFICATE|UNKNOWN_CA)|^ECONNRESET$/);
    }
    const { core } = createNodeClient(cluster.kubeconfig);
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'kept' } } });
    const { stdout } = await cluster.k8ts(['status', '-o', 'json']);
    assert.match(stdout, /"name": "etcd",[^}]*"state": "ready"/);
  });

  it('are renewed while the cluster runs, and taken up', async () => {
    const shown = async (): Promise<string[]> => [
      await shakeHands(etcdPort, '127.0.0.1', { ca: pki('etcd/ca.crt'), pair: pki('etcd/healthcheck-client') }),
      await shakeHands(Number(new URL(serverOf(cluster.kubeconfig)).port), '127.0.0.1', { ca: pki('ca.crt') }),
    ];
    const before = await shown();
    const oldKubeconfig = readFileSync(cluster.kubeconfig, 'utf8');
    const { stdout } = await cluster.k8ts(['certs', 'renew', 'all']);
    assert.match(stdout, /^admin\.kubeconfig renewed\n/);
    assert.notEqual(readFileSync(cluster.kubeconfig, 'utf8'), oldKubeconfig);
    await eventually('both show new certificates', async () => {
      const now = await shown();
      return now.every((serial, i) => serial !== before[i]);
    });
    const { core } = createNodeClient(cluster.kubeconfig);
    assert.equal((await core.readNamespacedConfigMap({ namespace: 'default', name: 'kept' })).metadata!.name, 'kept');
    assert.equal((await cluster.k8ts(['certs', 'check'])).code, 0);
  });

  it('are looked at by the doctor, with all else of the cluster', async () => {
    const healthy = await cluster.k8ts(['doctor'], { mayFail: true });
    for (const name of ['etcd data', 'kube-apiserver', 'certificates', 'private files', 'clocks'])
      assert.match(healthy.stdout, new RegExp(`^ok +${name} `, 'm'));
    const { stdout, code } = await cluster.k8ts(['doctor', '--cis', '-o', 'json']);
    assert.equal(code, 0);
    const results = JSON.parse(stdout) as { id: string; state: string; reason: string }[];
    const stateOf = (id: string): string => results.find((result) => result.id === id)!.state;
    for (const id of [
      '1.1.21',
      '1.2.6',
      '1.2.16',
      '1.2.19',
      '1.2.23',
      '1.2.26',
      '1.2.30',
      '2.1',
      '2.2',
      '2.7',
      '5.1.1',
      '5.1.2',
    ])
      assert.equal(stateOf(id), 'PASS', id);
    assert.equal(stateOf('4.2.1'), 'INFO', 'the kubelet does not run');
    const auditLog = join(cluster.dataDir, 'logs', 'audit.log');
    await eventually('the audit log has the write', () => readFileSync(auditLog, 'utf8').includes('"name":"kept"'));
    assert.equal(statSync(auditLog).mode & 0o077, 0);
  });

  it('are closed to others again by the next start', async () => {
    chmodSync(pki('ca.key'), 0o644);
    chmodSync(pki('.'), 0o755);
    const sick = await cluster.k8ts(['doctor'], { mayFail: true });
    assert.equal(sick.code, 1);
    assert.match(sick.stdout, /^fail +private files +others have rights on pki \(0755\), pki\/ca\.key \(0644\)$/m);
    const { stderr } = await up(`--etcd-listen-client-urls=https://0.0.0.0:${etcdPort}`);
    assert.match(stderr, /Closed to others: pki \(was 0755\), pki\/ca\.key \(was 0644\)/);
    assert.deepEqual([statSync(pki('ca.key')).mode & 0o777, statSync(pki('.')).mode & 0o777], [0o600, 0o700]);
  });
});

function serverOf(kubeconfig: string): string {
  return /server: (\S+)/.exec(readFileSync(kubeconfig, 'utf8'))![1]!;
}
