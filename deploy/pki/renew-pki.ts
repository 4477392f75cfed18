import { certificateInfo } from '../../component/certificate-info.ts';
import { issueCertificate } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import type { ClusterConfig } from '../cluster-config.ts';
import { SetupError } from '../setup/step.ts';
import { pkiEntries, type PkiEntry } from './pki-entries.ts';
import { readAuthority, readPlace, writePlace } from './pki-files.ts';

/** The certificates that names stand for; `all` is every one. SetupError for a name that there is not, with those there are. */
export function chooseEntries(config: ClusterConfig, names: readonly string[]): PkiEntry[] {
  const entries = pkiEntries(config);
  if (names.includes('all')) return entries;
  for (const name of names) {
    if (!entries.some((entry) => entry.name === name))
      throw new SetupError(
        `there is no certificate "${name}": choose from all, ${entries.map((entry) => entry.name).join(', ')}`,
      );
  }
  return entries.filter(({ name }) => names.includes(name));
}

/**
 * Puts new certificates, with new keys and good for a year, in the place of those there are: subject, names, addresses and
 * usages stay what the old ones say, also what somebody added. Authorities stay. Refuses before it writes anything where
 * the key of an authority is not on this host.
 */
export async function renewPki(
  config: ClusterConfig,
  entries: readonly PkiEntry[],
  deps: Pick<Deps, 'clock' | 'random'>,
): Promise<void> {
  const ready = await Promise.all(
    entries.map(async (entry) => {
      const authority = await readAuthority(config.dataDir, entry.authority);
      if (!authority)
        throw new SetupError(`${entry.authority}, which signs ${entry.name}, is not there: k8ts up makes it`);
      const { certificate, privateKey } = authority;
      if (privateKey === undefined)
        throw new SetupError(`${entry.name} cannot be renewed here: the key of ${entry.authority} is kept elsewhere`);
      const there = await readPlace(entry.place, config, deps);
      return {
        entry,
        authority: { certificate, privateKey },
        says: there ? await certificateInfo(there.certificate) : entry,
      };
    }),
  );
  for (const { entry, authority, says } of ready)
    await writePlace(entry.place, await issueCertificate(authority, says, deps), config, deps);
}
