import { join } from 'node:path';
import { hostname } from 'node:os';
import { createSelfSignedCertificate, readKeyPair, writeKeyPair, type KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';

interface PairFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface ServingCertificateOptions {
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Where a self-signed pair is kept (`apiserver.crt`, `apiserver.key`) when no files are given. */
  readonly folder: string;
  readonly ipAddresses: readonly string[];
}

/** Where the pair is, or is put. */
export function servingFilesOf({ certificateFile, keyFile, folder }: ServingCertificateOptions): PairFiles {
  if (certificateFile !== undefined && keyFile !== undefined) return { certificateFile, keyFile };
  return { certificateFile: join(folder, 'apiserver.crt'), keyFile: join(folder, 'apiserver.key') };
}

/** The pair that the files or the folder hold; a self-signed one is made in the folder where there is none. */
export async function servingCertificate(options: ServingCertificateOptions, deps: Deps): Promise<KeyPair> {
  const given = options.certificateFile !== undefined && options.keyFile !== undefined;
  const files = servingFilesOf(options);
  const found = await readKeyPair(files);
  if (found) return found;
  if (given) throw new Error(`cannot read ${files.certificateFile} and ${files.keyFile}`);
  const pair = await createSelfSignedCertificate(
    {
      commonName: `${options.ipAddresses[0] ?? hostname()}@${Math.floor(deps.clock.now() / 1000)}`,
      dnsNames: ['kubernetes.default.svc', 'kubernetes.default', 'kubernetes', 'localhost', hostname()],
      ipAddresses: [...new Set(['127.0.0.1', ...options.ipAddresses])],
    },
    deps,
  );
  await writeKeyPair(files, pair);
  deps.log.info('made a self-signed serving certificate', { file: files.certificateFile });
  return pair;
}
