import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../component/atomic-file.ts';
import { createCertificateStore } from '../../component/certificate-store.ts';
import { readKeyPair, writeKeyPair, type KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { clusterPaths, type ClusterConfig } from '../cluster-config.ts';
import { kubeconfigWithPair, pairOfKubeconfig } from '../kubeconfigs.ts';
import { authorities, type AuthorityEntry, type AuthorityName, type PkiPlace } from './pki-entries.ts';

type Files = { readonly certificateFile: string; readonly keyFile: string };

/** The two files of the PKI that hold a certificate and its key. */
export function pkiFiles(dataDir: string, file: string): Files {
  const { pkiFile } = clusterPaths(dataDir);
  return { certificateFile: pkiFile(`${file}.crt`), keyFile: pkiFile(`${file}.key`) };
}

/** The certificate of an authority; without a key where somebody else keeps that. Undefined where there is none. */
export async function readAuthority(
  dataDir: string,
  name: AuthorityName,
): Promise<{ readonly certificate: string; readonly privateKey?: string } | undefined> {
  const files = pkiFiles(dataDir, authorityEntry(name).file);
  if (!existsSync(files.certificateFile)) return undefined;
  return (await readKeyPair(files)) ?? { certificate: await readFile(files.certificateFile, 'utf8') };
}

function authorityEntry(name: AuthorityName): AuthorityEntry {
  return authorities.find((authority) => authority.name === name)!;
}

/** The pair in its place; undefined where there is none. Throws where a kubeconfig cannot be read. */
export async function readPlace(
  place: PkiPlace,
  config: ClusterConfig,
  deps: Pick<Deps, 'clock'>,
): Promise<KeyPair | undefined> {
  switch (place.kind) {
    case 'files':
      return readKeyPair(pkiFiles(config.dataDir, place.file));
    case 'kubeconfig':
      return pairOfKubeconfig(clusterPaths(config.dataDir).adminKubeconfig);
    case 'kubelet':
      return kubeletStore(config, deps).current();
  }
}

/** Puts the pair in its place, for nobody else to read: each file whole or not at all, 0600. */
export async function writePlace(
  place: PkiPlace,
  pair: KeyPair,
  config: ClusterConfig,
  deps: Pick<Deps, 'clock'>,
): Promise<void> {
  switch (place.kind) {
    case 'files':
      return writePrivatePair(pkiFiles(config.dataDir, place.file), pair);
    case 'kubeconfig': {
      const text = await kubeconfigWithPair(config, place.user, pair);
      return writeFileAtomic(clusterPaths(config.dataDir).adminKubeconfig, text, { mode: 0o600 });
    }
    case 'kubelet':
      return kubeletStore(config, deps).update(pair);
  }
}

/** Both files 0600, their folder 0700. */
export async function writePrivatePair(files: Files, pair: KeyPair): Promise<void> {
  await writeKeyPair(files, pair, { folderMode: 0o700, certificateMode: 0o600 });
}

/** The kubelet renews what is in it by itself. */
function kubeletStore(config: Pick<ClusterConfig, 'dataDir'>, deps: Pick<Deps, 'clock'>) {
  return createCertificateStore(join(clusterPaths(config.dataDir).kubelet, 'pki'), deps);
}
