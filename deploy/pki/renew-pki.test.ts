import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { certificateInfo } from '../../component/certificate-info.ts';
import { issueCertificate, isPair, type KeyPair } from '../../component/certificates.ts';
import { createTestDataDir, type TestDataDir } from '../../test/support/pki.ts';
import { checkPki, needsAttention } from './check-pki.ts';
import { ensurePki } from './ensure-pki.ts';
import { pkiEntries, type PkiEntry } from './pki-entries.ts';
import { pkiFiles, readAuthority, readPlace, writePrivatePair } from './pki-files.ts';
import { chooseEntries, renewPki } from './renew-pki.ts';

const dayMs = 86_400_000;

describe('renewPki', () => {
  let place: TestDataDir;
  const entryOf = (name: string): PkiEntry => pkiEntries(place.config).find((entry) => entry.name === name)!;
  const pairOf = async (name: string): Promise<KeyPair> =>
    (await readPlace(entryOf(name).place, place.config, place.deps))!;
  const renew = (...names: string[]): Promise<void> =>
    renewPki(place.config, chooseEntries(place.config, names), place.deps);

  beforeEach(async () => {
    place = createTestDataDir();
    await ensurePki(place.config, place.deps);
  });
  afterEach(() => place.remove());

  it('puts a new key and a year in place, with all that the old certificate says', async () => {
    const authority = (await readAuthority(place.config.dataDir, 'ca')) as KeyPair;
    const says = {
      ...entryOf('apiserver'),
      dnsNames: ['api.example.com', 'localhost'],
      ipAddresses: ['192.0.2.9', '::1'],
    };
    await writePrivatePair(
      pkiFiles(place.config.dataDir, 'apiserver'),
      await issueCertificate(authority, says, place.deps),
    );
    const before = await pairOf('apiserver');
    await place.deps.clock.advance(100 * dayMs);
    await renew('apiserver');
    const after = await pairOf('apiserver');
    assert.notEqual(after.privateKey, before.privateKey);
    assert.ok(isPair(after));
    const [old, info] = [await certificateInfo(before.certificate), await certificateInfo(after.certificate)];
    assert.deepEqual(info, {
      ...old,
      notBeforeMs: old.notBeforeMs + 100 * dayMs,
      notAfterMs: old.notAfterMs + 100 * dayMs,
    });
  });

  it('renews all, the kubeconfig of the administrator and the certificate of the kubelet too', async () => {
    const names = pkiEntries(place.config).map(({ name }) => name);
    const before = await Promise.all(names.map(pairOf));
    await place.deps.clock.advance(400 * dayMs);
    const expired = await checkPki(place.config, place.deps);
    assert.ok(expired.filter(({ kind }) => kind !== 'authority').every(({ residualSeconds }) => residualSeconds! < 0));
    await renew('all');
    const after = await Promise.all(names.map(pairOf));
    names.forEach((name, i) => assert.notEqual(after[i]!.certificate, before[i]!.certificate, name));
    const reports = await checkPki(place.config, place.deps);
    assert.deepEqual(
      reports.filter((report) => needsAttention(report, 30 * dayMs)),
      [],
    );
  });

  it('names the choices for a name that there is not', () => {
    assert.throws(
      () => chooseEntries(place.config, ['apiserv']),
      /no certificate "apiserv": choose from all, admin\.kubeconfig, apiserver, /,
    );
  });

  it('writes nothing where one authority keeps its key elsewhere', async () => {
    rmSync(pkiFiles(place.config.dataDir, 'front-proxy-ca').keyFile);
    const before = await pairOf('apiserver');
    await assert.rejects(
      renew('all'),
      /front-proxy-client cannot be renewed here: the key of front-proxy-ca is kept elsewhere/,
    );
    assert.deepEqual(await pairOf('apiserver'), before);
    await renew('apiserver');
    const reports = await checkPki(place.config, place.deps);
    assert.deepEqual(
      reports.filter(({ externallyManaged }) => externallyManaged).map(({ name }) => name),
      ['front-proxy-client', 'front-proxy-ca'],
    );
  });
});
