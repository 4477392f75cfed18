import { createPublicKey, generateKeyPair } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { writeFileAtomic } from '../../component/atomic-file.ts';
import { certificateInfo, type CertificateInfo } from '../../component/certificate-info.ts';
import {
  createCertificateAuthority,
  isIssuedBy,
  isPair,
  issueCertificate,
  type KeyPair,
} from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { clusterPaths, type ClusterConfig } from '../cluster-config.ts';
import { SetupError } from '../setup/step.ts';
import { authoritiesOf, pkiEntries, type PkiEntry } from './pki-entries.ts';
import { pkiFiles, readAuthority, readPlace, writePlace, writePrivatePair } from './pki-files.ts';

type PkiDeps = Pick<Deps, 'clock' | 'random'>;

/** Certificates that end sooner are made anew by `k8ts up`, and `k8ts certs check` counts them as failures. */
export const renewBeforeMs = 30 * 86_400_000;

/**
 * Puts the keys and certificates of a cluster in place, under the names that kubeadm gives them: authorities, a serving or
 * client certificate for every component, the administrator's kubeconfig, and the key that signs service-account tokens.
 * What is there stays, unless it ends within thirty days, says something else, or was signed by another authority.
 * An authority without its key is somebody else's: what it would have to sign must be there. Returns the entries it wrote.
 */
export async function ensurePki(config: ClusterConfig, deps: PkiDeps): Promise<PkiEntry[]> {
  await mkdir(clusterPaths(config.dataDir).pki, { recursive: true, mode: 0o700 });
  for (const { name, file, commonName } of authoritiesOf(config)) {
    if (await readAuthority(config.dataDir, name)) continue;
    await writePrivatePair(pkiFiles(config.dataDir, file), await createCertificateAuthority({ commonName }, deps));
  }
  const entries = pkiEntries(config);
  const [wrote] = await Promise.all([
    endOfAll(entries.map((entry) => ensureEntry(entry, config, deps))),
    ensureServiceAccountKey(config),
  ]);
  return entries.filter((_, i) => wrote[i]);
}

/** What all become, once the last has ended: none writes any more when the first of those that failed is told of. */
async function endOfAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** True where it wrote another certificate. */
async function ensureEntry(entry: PkiEntry, config: ClusterConfig, deps: PkiDeps): Promise<boolean> {
  const authority = (await readAuthority(config.dataDir, entry.authority))!;
  const there = await readPlace(entry.place, config, deps);
  const why = there ? await whyNotGood(there, authority, entry, deps) : 'is not there';
  if (!why) {
    // Address and authority in it may have changed.
    if (entry.place.kind === 'kubeconfig') await writePlace(entry.place, there!, config, deps);
    return false;
  }
  const { privateKey } = authority;
  if (privateKey === undefined) {
    throw new SetupError(
      `the certificate ${entry.name} ${why}, and the key of ${entry.authority} is not in ${clusterPaths(config.dataDir).pki} to make another: put both files of the certificate in place`,
    );
  }
  const pair = await issueCertificate({ ...authority, privateKey }, entry, deps);
  await writePlace(entry.place, pair, config, deps);
  return true;
}

async function ensureServiceAccountKey({ dataDir }: ClusterConfig): Promise<void> {
  const { pkiFile } = clusterPaths(dataDir);
  const [keyFile, publicFile] = [pkiFile('sa.key'), pkiFile('sa.pub')];
  if (!existsSync(keyFile)) {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const text = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await writeFileAtomic(keyFile, text, { mode: 0o600 });
  }
  const publicKey = createPublicKey(await readFile(keyFile)).export({ type: 'spki', format: 'pem' }) as string;
  if (!existsSync(publicFile) || (await readFile(publicFile, 'utf8')) !== publicKey)
    await writeFileAtomic(publicFile, publicKey, { mode: 0o600 });
}

/** Completes "the certificate …"; undefined where it is good. What the kubelet renews by itself may come closer to its end. */
async function whyNotGood(
  there: KeyPair,
  authority: Pick<KeyPair, 'certificate'>,
  wanted: PkiEntry,
  { clock }: Pick<Deps, 'clock'>,
): Promise<string | undefined> {
  const info = await certificateInfo(there.certificate);
  if (info.notAfterMs - clock.now() < (wanted.place.kind === 'kubelet' ? 0 : renewBeforeMs)) return 'ends soon';
  if (!isIssuedBy(there.certificate, authority.certificate)) return `was not signed by ${wanted.authority}`;
  if (!isPair(there)) return 'does not belong to its key';
  return says(info, wanted) ? undefined : 'does not say what it must';
}

/** True where the names are those wanted; more host names and addresses, which somebody may have added, do no harm. */
function says(info: CertificateInfo, wanted: PkiEntry): boolean {
  const organizations = wanted.organizations ?? [];
  return (
    info.commonName === wanted.commonName &&
    info.organizations.length === organizations.length &&
    organizations.every((name) => info.organizations.includes(name)) &&
    wanted.usages.every((usage) => info.usages.includes(usage)) &&
    (wanted.dnsNames ?? []).every((name) => info.dnsNames.includes(name)) &&
    (wanted.ipAddresses ?? []).every((address) => info.ipAddresses.includes(address))
  );
}
