import { X509Certificate } from 'node:crypto';
import { FlagError } from '../../component/flags.ts';
import { readFlagFile } from './read-flag-file.ts';

/** Certificates of a CA file. */
export interface CertificateAuthority {
  /** Did one of them sign the certificate itself? Where TLS trusts several authorities this tells whose it is. */
  issued(certificate: X509Certificate): boolean;
}

/** Reads a PEM file with any number of certificates. Throws what reading throws, or an Error where none is in it. */
export function loadCertificateAuthority(file: string): CertificateAuthority {
  const blocks = readFlagFile(file, 'certificate authority').match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  );
  if (!blocks) throw new FlagError(`no certificate in ${file}`);
  const authorities = blocks.map((block) => new X509Certificate(block));
  return {
    issued: (certificate) => authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  };
}
