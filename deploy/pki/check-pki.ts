import { certificateInfo, type CertificateInfo } from '../../component/certificate-info.ts';
import { isIssuedBy, isPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import { authoritiesOf, pkiEntries, type AuthorityName } from './pki-entries.ts';
import { readAuthority, readPlace } from './pki-files.ts';

/** A certificate as it lies in its place now. */
export interface CertificateReport {
  readonly name: string;
  readonly kind: 'authority' | 'server' | 'client' | 'server and client' | 'kubeconfig';
  /** `O=system:nodes, CN=system:node:a`; missing where there is no certificate. */
  readonly subject?: string;
  /** RFC 3339. */
  readonly expires?: string;
  /** Negative where it has expired. */
  readonly residualSeconds?: number;
  /** Who has to have signed it; missing of authorities. */
  readonly authority?: AuthorityName;
  /** The key that signs it, or of an authority its own, is not on this host: k8ts cannot renew it. */
  readonly externallyManaged: boolean;
  /** What is wrong with it besides its age. */
  readonly problem?: string;
}

/** What the certificates and kubeconfigs of a cluster say now, certificates first, then authorities. Changes nothing. */
export async function checkPki(config: ClusterConfig, deps: Pick<Deps, 'clock'>): Promise<CertificateReport[]> {
  const found = await Promise.all(
    authoritiesOf(config).map(async ({ name }) => ({ name, pair: await readAuthority(config.dataDir, name) })),
  );
  const reports = pkiEntries(config).map(async (entry): Promise<CertificateReport> => {
    const authority = found.find(({ name }) => name === entry.authority)?.pair;
    const common = {
      name: entry.name,
      kind: entry.place.kind === 'kubeconfig' ? ('kubeconfig' as const) : kindOf(entry.usages),
      authority: entry.authority,
      externallyManaged: authority !== undefined && authority.privateKey === undefined,
    };
    try {
      const pair = await readPlace(entry.place, config, deps);
      if (!pair) return { ...common, problem: 'it is not there' };
      const problem = !isPair(pair)
        ? 'the key is not that of the certificate'
        : !authority
          ? `${entry.authority} is not there`
          : isIssuedBy(pair.certificate, authority.certificate)
            ? undefined
            : `it was not signed by ${entry.authority}`;
      return { ...common, ...ageOf(await certificateInfo(pair.certificate), deps), ...(problem ? { problem } : {}) };
    } catch (error) {
      return { ...common, problem: `it cannot be read: ${(error as Error).message}` };
    }
  });
  const ofAuthorities = found.map(async ({ name, pair }): Promise<CertificateReport> => {
    const common = { name, kind: 'authority' as const, externallyManaged: pair !== undefined && !pair.privateKey };
    if (!pair) return { ...common, problem: 'it is not there' };
    try {
      return { ...common, ...ageOf(await certificateInfo(pair.certificate), deps) };
    } catch (error) {
      return { ...common, problem: `it cannot be read: ${(error as Error).message}` };
    }
  });
  return Promise.all([...reports, ...ofAuthorities]);
}

/** True where somebody has to act: it expires within the time, has expired, or is not right. */
export function needsAttention({ residualSeconds, problem }: CertificateReport, withinMs: number): boolean {
  return problem !== undefined || residualSeconds === undefined || residualSeconds * 1000 < withinMs;
}

function kindOf(usages: readonly ('server' | 'client')[]): 'server' | 'client' | 'server and client' {
  return usages.length === 2 ? 'server and client' : usages[0]!;
}

function ageOf(info: CertificateInfo, { clock }: Pick<Deps, 'clock'>) {
  return {
    subject: [...info.organizations.map((name) => `O=${name}`), `CN=${info.commonName}`].join(', '),
    expires: new Date(info.notAfterMs).toISOString().replace('.000Z', 'Z'),
    residualSeconds: Math.floor((info.notAfterMs - clock.now()) / 1000),
  };
}
