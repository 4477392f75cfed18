import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { certificateInfo } from '../../component/certificate-info.ts';
import { createCertificateAuthority, isIssuedBy, isPair, issueCertificate } from '../../component/certificates.ts';
import { createTestDataDir, type TestDataDir } from '../../test/support/pki.ts';
import { clusterPaths } from '../cluster-config.ts';
import { ensurePki } from './ensure-pki.ts';
import { pkiEntries } from './pki-entries.ts';
import { pkiFiles, readAuthority, readPlace, writePrivatePair } from './pki-files.ts';

const dayMs = 86_400_000;

describe('ensurePki', () => {
  let place: TestDataDir;
  let ensure: () => Promise<string[]>;

  beforeEach(() => {
    place = createTestDataDir();
    ensure = async () => (await ensurePki(place.config, place.deps)).map(({ name }) => name);
  });
  afterEach(() => place.remove());

  it('makes every certificate under the name that kubeadm gives it, each signed by its authority', async () => {
    const written = await ensure();
    assert.deepEqual(
      written.toSorted(),
      pkiEntries(place.config)
        .map(({ name }) => name)
        .toSorted(),
    );
    for (const name of [
      'apiserver',
      'apiserver-kubelet-client',
      'apiserver-etcd-client',
      'etcd-server',
      'etcd-peer',
      'front-proxy-client',
    ])
      assert.ok(written.includes(name), name);
    for (const entry of pkiEntries(place.config)) {
      const pair = await readPlace(entry.place, place.config, place.deps);
      const authority = await readAuthority(place.config.dataDir, entry.authority);
      assert.ok(pair && isPair(pair), entry.name);
      assert.ok(isIssuedBy(pair.certificate, authority!.certificate), entry.name);
    }
  });

  it('leaves nothing for others to read', async () => {
    await ensure();
    const { dataDir, pki, adminKubeconfig } = clusterPaths(place.config.dataDir);
    const inside = (await readdir(pki, { recursive: true })).map((name) => join(pki, name));
    const kubeletPki = join(dataDir, 'kubelet', 'pki');
    const files = [...inside, adminKubeconfig, ...(await readdir(kubeletPki)).map((name) => join(kubeletPki, name))];
    assert.ok(files.length > 20);
    for (const path of [pki, ...files]) assert.equal(statSync(path).mode & 0o077, 0, path);
  });

  it('keeps what is good, and makes anew what ends within thirty days', async () => {
    await ensure();
    const { certificateFile } = pkiFiles(place.config.dataDir, 'apiserver');
    const before = readFileSync(certificateFile, 'utf8');
    await place.deps.clock.advance(334 * dayMs);
    assert.deepEqual(await ensure(), []);
    assert.equal(readFileSync(certificateFile, 'utf8'), before);
    await place.deps.clock.advance(2 * dayMs);
    const renewed = await ensure();
    assert.ok(renewed.includes('apiserver') && renewed.includes('admin.kubeconfig'));
    assert.ok(!renewed.includes('kubelet-client'), 'the kubelet renews its own');
    assert.notEqual(readFileSync(certificateFile, 'utf8'), before);
    assert.deepEqual(await ensure(), []);
  });

  it('makes anew what does not say what it must, and keeps names that somebody added', async () => {
    await ensure();
    const authority = await readAuthority(place.config.dataDir, 'ca');
    const kept = { ...pkiEntries(place.config).find(({ name }) => name === 'apiserver')! };
    const signedBy = { ...authority!, privateKey: authority!.privateKey! };
    await writePrivatePair(
      pkiFiles(place.config.dataDir, 'apiserver'),
      await issueCertificate(signedBy, { ...kept, dnsNames: [...kept.dnsNames!, 'api.example.com'] }, place.deps),
    );
    await writePrivatePair(
      pkiFiles(place.config.dataDir, 'kube-scheduler-client'),
      await issueCertificate(
        signedBy,
        { commonName: 'system:kube-scheduler', organizations: ['system:masters'], usages: ['client'] },
        place.deps,
      ),
    );
    assert.deepEqual(await ensure(), ['kube-scheduler-client']);
    const elsewhere = { ...place.config, nodeIp: '192.0.2.8' };
    const moved = (await ensurePki(elsewhere, place.deps)).map(({ name }) => name);
    assert.deepEqual(moved.toSorted(), ['apiserver', 'etcd-peer', 'etcd-server', 'kubelet']);
  });

  it('leaves an authority without its key alone, and says which certificate it lacks', async () => {
    const foreign = await createCertificateAuthority({ commonName: 'corporate' }, place.deps);
    const files = pkiFiles(place.config.dataDir, 'ca');
    await writePrivatePair(files, foreign);
    rmSync(files.keyFile);
    await assert.rejects(ensure(), /the certificate admin\.kubeconfig is not there, and the key of ca is not in /);
    assert.equal(readFileSync(files.certificateFile, 'utf8'), foreign.certificate);
    writeFileSync(files.keyFile, foreign.privateKey, { mode: 0o600 });
    await ensure();
    rmSync(files.keyFile);
    assert.deepEqual(await ensure(), []);
  });

  it('has no authority of etcd where that is served by plain HTTP, as on the loopback where nothing is said', async () => {
    const plain = createTestDataDir({
      etcdListenClientUrls: undefined,
      etcdListenPeerUrls: undefined,
    });
    try {
      const names = (await ensurePki(plain.config, plain.deps)).map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => name.includes('etcd')),
        [],
      );
      assert.equal(await readAuthority(plain.config.dataDir, 'etcd-ca'), undefined);
    } finally {
      plain.remove();
    }
  });

  it('gives no component more rights than its role', async () => {
    await ensure();
    const subjects: Record<string, readonly [string, readonly string[]]> = {};
    for (const entry of pkiEntries(place.config)) {
      if (!entry.usages.includes('client')) continue;
      const { certificate } = (await readPlace(entry.place, place.config, place.deps))!;
      const { commonName, organizations } = await certificateInfo(certificate);
      subjects[entry.name] = [commonName, organizations];
    }
    assert.deepEqual(subjects, {
      'admin.kubeconfig': ['kubernetes-admin', ['system:masters']],
      'apiserver-kubelet-client': ['kube-apiserver-kubelet-client', []],
      'apiserver-etcd-client': ['kube-apiserver-etcd-client', []],
      'etcd-healthcheck-client': ['kube-etcd-healthcheck-client', []],
      'etcd-peer': ['node-a', []],
      'etcd-server': ['node-a', []],
      'front-proxy-client': ['front-proxy-client', []],
      'kube-controller-manager-client': ['system:kube-controller-manager', []],
      'kube-proxy-client': ['system:kube-proxy', ['system:node-proxier']],
      'kube-scheduler-client': ['system:kube-scheduler', []],
      'kubelet-client': ['system:node:node-a', ['system:nodes']],
      'prometheus-client': ['k8ts:prometheus', ['system:monitoring']],
    });
  });
});
