import { X509Certificate } from 'node:crypto';
import { loadX509, type IssueOptions } from './certificates.ts';

/** What a certificate says, in the terms of `IssueOptions`. */
export interface CertificateInfo extends Omit<IssueOptions, 'days'> {
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** `CN` of who signed it. */
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Reads the first certificate of a PEM text. Throws where there is none, or where it has names of kinds that `IssueOptions` cannot say. */
export async function certificateInfo(pem: string): Promise<CertificateInfo> {
  const x509 = await loadX509();
  const certificate = new x509.X509Certificate(new X509Certificate(pem).raw);
  const names = certificate.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => [...extension.names.items]);
  const other = names.find(({ type }) => type !== 'dns' && type !== 'ip');
  if (other) throw new Error(`the certificate has a name of type ${other.type}: ${other.value}`);
  const ofType = (type: string): string[] => names.filter((name) => name.type === type).map(({ value }) => value);
  const extended = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages.map(String) ?? [];
  return {
    commonName: certificate.subjectName.getField('CN')[0] ?? '',
    organizations: certificate.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip'),
    usages: (['server', 'client'] as const).filter((usage) => extended.includes(usageOids[usage])),
    issuer: certificate.issuerName.getField('CN')[0] ?? '',
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
  };
}
