import type { Extension } from '@peculiar/x509';
import { exportKey, importKey, loadX509, newKeys, notBeforeSlackMs, subject, type KeyPair } from './certificates.ts';
import type { Deps } from './deps.ts';

/** What a PKCS #10 request asks to be certified. */
export interface SigningRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
}

/** Reads a request in PEM. Throws where it cannot be read, or was not signed with the key it is for. */
export async function parseSigningRequest(pem: string): Promise<SigningRequest> {
  const x509 = await loadX509();
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error('x509: the signature of the certificate request is wrong');
  const names = request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.items);
  const ofType = (type: string): string[] => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    // Of several the last counts, as with Go.
    commonName: request.subjectName.getField('CN').at(-1) ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    emailAddresses: ofType('email'),
    ipAddresses: ofType('ip'),
    uris: ofType('url'),
  };
}

/** A new EC P-256 key with a request to certify it, both PEM. */
export async function createSigningRequest(
  wanted: Pick<SigningRequest, 'commonName'> &
    Partial<Pick<SigningRequest, 'organizations' | 'dnsNames' | 'ipAddresses'>>,
): Promise<{ readonly request: string; readonly privateKey: string }> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const alternatives = [
    ...(wanted.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(wanted.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject(wanted.commonName, wanted.organizations ?? []),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : [],
  });
  return { request: `${request.toString('pem').trim()}\n`, privateKey: await exportKey(keys.privateKey) };
}

/** Bits of the key-usage extension (RFC 5280 section 4.2.1.3) by the names of `certificates.k8s.io`. */
const keyUsages: Readonly<Record<string, number>> = {
  signing: 1,
  'digital signature': 1,
  'content commitment': 2,
  'key encipherment': 4,
  'data encipherment': 8,
  'key agreement': 16,
  'cert sign': 32,
  'crl sign': 64,
  'encipher only': 128,
  'decipher only': 256,
};

/** Object identifiers of extended key usages by the names of `certificates.k8s.io`. */
const extendedKeyUsages: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': '1.3.6.1.5.5.7.3.1',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

/**
 * Certifies what a request asks for, its subject and alternative names and nothing else, for the usages and the time
 * given, though never beyond the authority's own end. The answer is PEM. Throws for usages without a meaning.
 */
export async function signRequest(
  authority: KeyPair,
  requestPem: string,
  options: { readonly usages: readonly string[]; readonly lifetimeMs: number },
  deps: Pick<Deps, 'clock' | 'random'>,
): Promise<string> {
  const x509 = await loadX509();
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await importKey(authority.privateKey);
  const unknown = options.usages.find(
    (usage) => !Object.hasOwn(keyUsages, usage) && !Object.hasOwn(extendedKeyUsages, usage),
  );
  if (unknown !== undefined) throw new Error(`unrecognized usage: ${unknown}`);
  const bits = options.usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0);
  const extended = [...new Set(options.usages.flatMap((usage) => extendedKeyUsages[usage] ?? []))];
  const alternatives = request.extensions.filter(
    (extension): extension is Extension => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const now = deps.clock.now();
  const notAfterMs = Math.min(now + options.lifetimeMs, issuer.notAfter.getTime());
  const serial = deps.random.bytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40; // positive, and of full length
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString('hex'),
    subject: request.subjectName,
    issuer: issuer.subjectName,
    notBefore: new Date(now - notBeforeSlackMs),
    notAfter: new Date(notAfterMs),
    publicKey: request.publicKey,
    signingKey: signingKey.key,
    signingAlgorithm: signingKey.algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(bits ? [new x509.KeyUsagesExtension(bits, true)] : []),
      ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...alternatives,
    ],
  });
  return `${certificate.toString('pem').trim()}\n`;
}
