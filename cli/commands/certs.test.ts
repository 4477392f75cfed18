import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { clusterPaths } from '../../deploy/cluster-config.ts';
import type { CertificateReport } from '../../deploy/pki/check-pki.ts';
import { ensurePki } from '../../deploy/pki/ensure-pki.ts';
import { pkiFiles, readAuthority, writePrivatePair } from '../../deploy/pki/pki-files.ts';
import { issueCertificate, type KeyPair } from '../../component/certificates.ts';
import { createTestDataDir, type TestDataDir } from '../../test/support/pki.ts';
import { runCli, type CliRun } from '../../test/support/run-cli.ts';

const dayMs = 86_400_000;

describe('k8ts certs', () => {
  let place: TestDataDir;
  const certs = (...args: string[]): Promise<CliRun> =>
    runCli(['certs', args[0]!, '--data-dir', place.config.dataDir, ...args.slice(1)], { clock: place.deps.clock });
  const reportOf = async (name: string): Promise<CertificateReport> =>
    (JSON.parse((await certs('check', '-o', 'json')).stdout) as CertificateReport[]).find((r) => r.name === name)!;

  beforeEach(async () => {
    place = createTestDataDir();
    await ensurePki(place.config, place.deps);
    writeFileSync(clusterPaths(place.config.dataDir).configFile, JSON.stringify(place.config));
  });
  afterEach(() => place.remove());

  it('lists certificates, then authorities', async () => {
    const { code, stdout } = await certs('check');
    assert.equal(code, 0);
    const [certificates, authorities] = stdout.split('\n\n');
    assert.match(
      certificates!,
      /^CERTIFICATE +KIND +SUBJECT +EXPIRES +RESIDUAL TIME +AUTHORITY +EXTERNALLY MANAGED +NOTE\n/,
    );
    assert.match(
      certificates!,
      /\nadmin\.kubeconfig +kubeconfig +O=system:masters, CN=kubernetes-admin +2027-06-01T00:00:00Z +365d +ca +no\n/,
    );
    assert.match(certificates!, /\netcd-server +server and client +CN=node-a +2027-06-01T00:00:00Z +365d +etcd-ca +no/);
    assert.match(
      authorities!,
      /^AUTHORITY +EXPIRES +RESIDUAL TIME +EXTERNALLY MANAGED +NOTE\nca +2036-05-29T00:00:00Z +/,
    );
  });

  it('exits with 1 where something expires soon, has expired, or is not right', async () => {
    await place.deps.clock.advance(340 * dayMs);
    assert.equal((await certs('check')).code, 1);
    assert.equal((await certs('check', '--days', '20')).code, 0);
    await place.deps.clock.advance(30 * dayMs);
    const expired = await certs('check', '--days', '0');
    assert.equal(expired.code, 1);
    assert.match(expired.stdout, /\napiserver +server +CN=kube-apiserver +2027-06-01T00:00:00Z +expired +ca +no/);
    assert.equal((await certs('renew', 'all')).code, 0);
    assert.equal((await certs('check')).code, 0);
  });

  it('says what is wrong with a certificate', async () => {
    const files = pkiFiles(place.config.dataDir, 'apiserver');
    const other = (await readAuthority(place.config.dataDir, 'front-proxy-ca')) as KeyPair;
    await writePrivatePair(files, await issueCertificate(other, { commonName: 'a', usages: ['server'] }, place.deps));
    assert.equal((await reportOf('apiserver')).problem, 'it was not signed by ca');
    writeFileSync(files.keyFile, other.privateKey);
    assert.equal((await reportOf('apiserver')).problem, 'the key is not that of the certificate');
    writeFileSync(files.certificateFile, 'nothing of the kind');
    assert.match((await reportOf('apiserver')).problem!, /^it cannot be read: /);
    rmSync(files.certificateFile);
    assert.equal((await reportOf('apiserver')).problem, 'it is not there');
    assert.equal((await certs('check')).code, 1);
  });

  it('renews by name, and says so in one line where there is no such name or no cluster', async () => {
    const before = await reportOf('apiserver-kubelet-client');
    await place.deps.clock.advance(dayMs);
    const { stdout } = await certs('renew', 'apiserver-kubelet-client', 'admin.kubeconfig');
    assert.equal(stdout, 'admin.kubeconfig renewed\napiserver-kubelet-client renewed\n');
    assert.equal((await reportOf('apiserver-kubelet-client')).residualSeconds, before.residualSeconds);
    assert.match(
      (await certs('renew', 'nobody')).stderr,
      /^error: there is no certificate "nobody": choose from all, /,
    );
    place.remove();
    assert.match((await certs('check')).stderr, /^error: there is no cluster in .*: k8ts up makes one\n$/);
  });
});
