import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import {
  certificateExpiryMs,
  createCertificateAuthority,
  createSelfSignedCertificate,
  isPair,
  issueCertificate,
  readKeyPair,
  writeKeyPair,
  type KeyPair,
} from './certificates.ts';
import { createFakeClock } from './fake-clock.ts';
import { systemRandom } from './random.ts';

const nowMs = Date.UTC(2026, 5, 1);
const deps = { clock: createFakeClock({ startMs: nowMs }), random: systemRandom };
const dayMs = 86_400_000;

describe('certificates', () => {
  let authority: KeyPair;
  let ca: X509Certificate;

  before(async () => {
    authority = await createCertificateAuthority({ commonName: 'kubernetes' }, deps);
    ca = new X509Certificate(authority.certificate);
  });

  it('makes an authority that vouches for itself for ten years', () => {
    assert.equal(ca.ca, true);
    assert.equal(ca.subject, 'CN=kubernetes');
    assert.ok(ca.verify(ca.publicKey));
    assert.equal(ca.validToDate.getTime(), nowMs + 3650 * dayMs);
    assert.ok(isPair(authority));
    assert.match(authority.privateKey, /^-----BEGIN PRIVATE KEY-----\n/);
    assert.match(authority.certificate, /^-----BEGIN CERTIFICATE-----\n[\s\S]*\n-----END CERTIFICATE-----\n$/);
  });

  it('issues to servers, with their names and addresses', async () => {
    const pair = await issueCertificate(
      authority,
      {
        commonName: 'kube-apiserver',
        dnsNames: ['kubernetes', 'kubernetes.default.svc.cluster.local', '*.example.com'],
        ipAddresses: ['10.96.0.1', '::1'],
        usages: ['server'],
        days: 30,
      },
      deps,
    );
    const certificate = new X509Certificate(pair.certificate);
    assert.ok(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    assert.equal(certificate.checkHost('kubernetes'), 'kubernetes');
    assert.equal(certificate.checkHost('a.example.com'), '*.example.com');
    assert.equal(certificate.checkHost('other'), undefined);
    assert.equal(certificate.checkIP('10.96.0.1'), '10.96.0.1');
    assert.equal(certificate.checkIP('::1'), '::1');
    assert.equal(certificate.checkIP('10.96.0.2'), undefined);
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(certificateExpiryMs(pair.certificate), nowMs + 30 * dayMs);
    assert.ok(certificate.validFromDate.getTime() < nowMs);
    assert.equal(certificate.ca, false);
    assert.ok(isPair(pair));
    assert.equal(isPair({ ...pair, privateKey: authority.privateKey }), false);
  });

  it('issues to clients, with their groups in order', async () => {
    const pair = await issueCertificate(
      authority,
      { commonName: 'system:node:n1', organizations: ['system:nodes', 'b=c, d'], usages: ['client'] },
      deps,
    );
    const { subject } = new X509Certificate(pair.certificate).toLegacyObject();
    assert.deepEqual({ ...subject }, { O: ['system:nodes', 'b=c, d'], CN: 'system:node:n1' });
    assert.equal(certificateExpiryMs(pair.certificate), nowMs + 365 * dayMs);
  });

  it('never vouches beyond its own end', async () => {
    const brief = await createCertificateAuthority({ commonName: 'brief', days: 2 }, deps);
    const pair = await issueCertificate(brief, { commonName: 'x', usages: ['client'], days: 90 }, deps);
    assert.equal(certificateExpiryMs(pair.certificate), nowMs + 2 * dayMs);
  });

  it('gives every certificate its own serial number', async () => {
    const serials = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const pair = await issueCertificate(authority, { commonName: 'x', usages: ['client'] }, deps);
      serials.add(new X509Certificate(pair.certificate).serialNumber);
    }
    assert.equal(serials.size, 5);
  });

  for (const [name, options] of [
    ['RSA, PKCS #1', { type: 'pkcs1', keys: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) }],
    ['EC, SEC 1', { type: 'sec1', keys: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }) }],
  ] as const) {
    it(`signs with an authority's key of another kind: ${name}`, async () => {
      // such authorities come from other tools; only their key matters here
      const { privateKey, publicKey } = options.keys();
      const pem = privateKey.export({ format: 'pem', type: options.type }) as string;
      const pair = await issueCertificate(
        { ...authority, privateKey: pem },
        { commonName: 'x', usages: ['client'] },
        deps,
      );
      assert.ok(new X509Certificate(pair.certificate).verify(publicKey));
    });
  }

  it('makes a serving certificate without an authority', async () => {
    const pair = await createSelfSignedCertificate(
      { commonName: 'kubelet', dnsNames: ['n1'], ipAddresses: ['127.0.0.1'] },
      deps,
    );
    const certificate = new X509Certificate(pair.certificate);
    assert.equal(certificate.checkHost('n1'), 'n1');
    assert.ok(isPair(pair));
    assert.equal(pair.certificate.match(/BEGIN CERTIFICATE/g)?.length, 2);
  });

  it('refuses addresses that are none', async () => {
    const issuing = issueCertificate(authority, { commonName: 'x', ipAddresses: ['x'], usages: ['server'] }, deps);
    await assert.rejects(issuing, /not an IP address: x/);
  });

  it('keeps pairs in files, the key for its owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'k8ts-pki-'));
    const files = { certificateFile: join(folder, 'pki', 'ca.crt'), keyFile: join(folder, 'pki', 'ca.key') };
    try {
      assert.equal(await readKeyPair(files), undefined);
      await writeKeyPair(files, authority);
      assert.deepEqual(await readKeyPair(files), authority);
      assert.equal((await stat(files.keyFile)).mode & 0o777, 0o600);
      assert.equal((await stat(files.certificateFile)).mode & 0o777, 0o644);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
