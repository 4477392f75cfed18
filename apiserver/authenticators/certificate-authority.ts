import { X509Certificate } from 'node:crypto';
import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import { readFlagFile } from './read-flag-file.ts';

/** Certificates of a CA file. They are read again when it changes: what is known of a certificate holds for a version. */
export interface CertificateAuthority {
  /** Grows when the file has changed; looked at now and then, whenever somebody asks. */
  readonly version: number;
  /** Did one of them sign the certificate itself? Where TLS trusts several authorities this tells whose it is. */
  issued(certificate: X509Certificate): boolean;
  /** Did one that stood in the file, and no longer does, sign the certificate? */
  withdrew(certificate: X509Certificate): boolean;
}

const recheckMs = 10_000;

/** Reads a PEM file with any number of certificates. @throws FlagError where it cannot be read, or none is in it */
export function loadCertificateAuthority(
  file: string,
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
): CertificateAuthority {
  let text = readFlagFile(file, 'certificate authority');
  let current = certificatesOf(text, file);
  let former: readonly X509Certificate[] = [];
  let version = 0;
  let checkedMs = clock.monotonicMs();

  const recheck = (): void => {
    const now = clock.monotonicMs();
    if (now - checkedMs < recheckMs) return;
    checkedMs = now;
    try {
      const changed = readFlagFile(file, 'certificate authority');
      if (changed === text) return;
      text = changed;
      const next = certificatesOf(text, file);
      former = [...former, ...current].filter((ca) => !next.some((other) => other.raw.equals(ca.raw)));
      current = next;
      version++;
    } catch (error) {
      // Those in hand still hold; the next check tries again.
      log.error('unable to read a certificate authority again', { file, error });
    }
  };

  return {
    get version() {
      recheck();
      return version;
    },
    issued: (certificate) => current.some((ca) => hasSigned(ca, certificate)),
    withdrew: (certificate) =>
      former.some((ca) => hasSigned(ca, certificate)) && !current.some((ca) => hasSigned(ca, certificate)),
  };
}

function hasSigned(authority: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function certificatesOf(text: string, file: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks) throw new FlagError(`no certificate in ${file}`);
  return blocks.map((block) => new X509Certificate(block));
}
