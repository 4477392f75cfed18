import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

const pemBlock = /-----BEGIN ([^-\n]+)-----\n[\s\S]*?-----END \1-----/g;

/** Says why the certificate and the private key (PEM) are no pair, as Go's `tls.X509KeyPair` does; undefined where they are. */
export function whyNoPair(certificate: string, key: string): string | undefined {
  const blocks = typesIn(certificate);
  if (blocks.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (!blocks.includes('CERTIFICATE')) {
    if (blocks.length === 1 && blocks[0]!.endsWith('PRIVATE KEY'))
      return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${blocks.join(' ')}]`;
  }
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate.slice(certificate.indexOf('-----BEGIN CERTIFICATE-----')));
  } catch {
    return 'x509: malformed certificate';
  }
  const keyBlocks = typesIn(key);
  if (keyBlocks.length === 0) return 'tls: failed to find any PEM data in key input';
  if (!keyBlocks.some((type) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'))) {
    if (keyBlocks.length === 1 && keyBlocks[0] === 'CERTIFICATE')
      return 'tls: found a certificate rather than a key in the PEM for the private key';
    return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${keyBlocks.join(' ')}]`;
  }
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return 'tls: failed to parse private key';
  }
  if (privateKey.asymmetricKeyType !== parsed.publicKey.asymmetricKeyType)
    return 'tls: private key type does not match public key type';
  return parsed.checkPrivateKey(privateKey) ? undefined : 'tls: private key does not match public key';
}

function typesIn(pem: string): string[] {
  return [...pem.matchAll(pemBlock)].map(([, type]) => type!);
}
