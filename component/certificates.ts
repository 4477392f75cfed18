import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import type { X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { writeFileAtomic } from './atomic-file.ts';
import type { Deps } from './deps.ts';

/** A certificate and its private key, both PEM (PKCS #8). */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface IssueOptions {
  readonly commonName: string;
  /** `O` of the subject: the groups of a client. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  readonly days?: number;
}

type CertificateDeps = Pick<Deps, 'clock' | 'random'>;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Certificates are good from this long ago: clocks of other machines may be behind. */
export const notBeforeSlackMs = 5 * 60_000;

/** Loaded only by processes that make certificates: it costs start-up time and memory. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata'); // x509 needs it loaded first
  return import('@peculiar/x509');
}

/** A self-signed certificate authority, EC P-256, good for ten years unless `days` says otherwise. */
export async function createCertificateAuthority(
  options: { readonly commonName: string; readonly days?: number },
  deps: CertificateDeps,
): Promise<KeyPair> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const { serialNumber, notBefore, notAfter } = validity(options.days ?? 3650, deps);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name: subject(options.commonName, []),
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), privateKey: await exportKey(keys.privateKey) };
}

/** A certificate with a new EC P-256 key, signed by the authority; good for one year unless `days` says otherwise. */
export async function issueCertificate(
  authority: KeyPair,
  options: IssueOptions,
  deps: CertificateDeps,
): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await sign(authority, keys.publicKey, options, deps);
  return { certificate, privateKey: await exportKey(keys.privateKey) };
}

const curveNames: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** A serving certificate that vouches for itself, as components make when none is given. */
export async function createSelfSignedCertificate(
  options: Omit<IssueOptions, 'usages'>,
  deps: CertificateDeps,
): Promise<KeyPair> {
  // Upstream's shape: an authority of its own, followed in the file by nobody else's.
  const authority = await createCertificateAuthority(
    { commonName: `${options.commonName}-ca`, days: options.days },
    deps,
  );
  const issued = await issueCertificate(authority, { ...options, usages: ['server'] }, deps);
  return { certificate: issued.certificate + authority.certificate, privateKey: issued.privateKey };
}

/** When the first certificate of a PEM text ends, in ms since the epoch. Throws where there is none. */
export function certificateExpiryMs(certificatePem: string): number {
  return new NodeCertificate(certificatePem).validToDate.getTime();
}

/** True where the private key belongs to the certificate. Throws where either cannot be read. */
export function isPair(pair: KeyPair): boolean {
  return new NodeCertificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.privateKey));
}

/** True where the authority has signed the certificate; each is the first of its PEM text. Throws where one cannot be read. */
export function isIssuedBy(certificatePem: string, authorityPem: string): boolean {
  const [certificate, authority] = [new NodeCertificate(certificatePem), new NodeCertificate(authorityPem)];
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** Writes both files, each whole or not at all: the key 0600, the certificate 0644; folders are made, 0755. */
export async function writeKeyPair(
  files: { readonly certificateFile: string; readonly keyFile: string },
  pair: KeyPair,
  modes: { readonly folderMode?: number; readonly certificateMode?: number } = {},
): Promise<void> {
  const { folderMode = 0o755, certificateMode = 0o644 } = modes;
  await mkdir(dirname(files.keyFile), { recursive: true, mode: folderMode });
  await mkdir(dirname(files.certificateFile), { recursive: true, mode: folderMode });
  await writeFileAtomic(files.keyFile, pair.privateKey, { mode: 0o600 });
  await writeFileAtomic(files.certificateFile, pair.certificate, { mode: certificateMode });
}

/** Reads a pair; undefined where one of the files is missing. */
export async function readKeyPair(files: {
  readonly certificateFile: string;
  readonly keyFile: string;
}): Promise<KeyPair | undefined> {
  try {
    const [certificate, privateKey] = await Promise.all([
      readFile(files.certificateFile, 'utf8'),
      readFile(files.keyFile, 'utf8'),
    ]);
    return { certificate, privateKey };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sign(
  authority: KeyPair,
  publicKey: webcrypto.CryptoKey,
  options: IssueOptions,
  deps: CertificateDeps,
): Promise<string> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await importKey(authority.privateKey);
  const { serialNumber, notBefore, notAfter } = validity(options.days ?? 365, deps);
  const alternatives = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const bad = (options.ipAddresses ?? []).find((ip) => !isIP(ip));
  if (bad !== undefined) throw new Error(`not an IP address: ${bad}`);
  const usages = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };
  const parameters: Parameters<typeof X509CertificateGenerator.create>[0] = {
    serialNumber,
    subject: subject(options.commonName, options.organizations ?? []),
    issuer: issuer.subjectName,
    notBefore,
    // An authority cannot vouch beyond its own end.
    notAfter: notAfter > issuer.notAfter ? issuer.notAfter : notAfter,
    publicKey,
    signingKey: signingKey.key,
    signingAlgorithm: signingKey.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(options.usages.map((usage) => usages[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  };
  return pem(await x509.X509CertificateGenerator.create(parameters));
}

function validity(days: number, deps: CertificateDeps): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const now = deps.clock.now();
  const serial = deps.random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive, and of full length
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(now - notBeforeSlackMs),
    notAfter: new Date(now + days * dayMs),
  };
}

/** O before CN, as upstream's certificates have it. */
export function subject(commonName: string, organizations: readonly string[]): Record<string, string[]>[] {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }];
}

/** A new EC P-256 key. */
export async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

/** The private key as PEM, PKCS #8. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

/** Any EC or RSA key in PEM, also in the older SEC 1 and PKCS #1 notations that upstream's tools write. */
export async function importKey(
  privateKeyPem: string,
): Promise<{ key: webcrypto.CryptoKey; algorithm: { name: string; hash: string } }> {
  const key = createPrivateKey(privateKeyPem);
  const der = new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }));
  if (key.asymmetricKeyType === 'rsa') {
    const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    return { key: await webcrypto.subtle.importKey('pkcs8', der, rsa, false, ['sign']), algorithm: rsa };
  }
  const namedCurve = curveNames[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (key.asymmetricKeyType !== 'ec' || !namedCurve)
    throw new Error('the key of a certificate authority must be EC or RSA');
  const imported = await webcrypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve }, false, ['sign']);
  return { key: imported, algorithm: { name: 'ECDSA', hash: namedCurve === 'P-384' ? 'SHA-384' : 'SHA-256' } };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}
