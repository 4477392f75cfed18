import { join } from 'node:path';
import { hostname } from 'node:os';
import { createSelfSignedCertificate, readKeyPair, writeKeyPair, type KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';

export interface ServingCertificateOptions {
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Where a self-signed pair is kept (`apiserver.crt`, `apiserver.key`) when no files are given. */
  readonly folder: string;
  readonly ipAddresses: readonly string[];
}

/** The pair that the files or the folder hold; a self-signed one is made in the folder where there is none. */
export async function servingCertificate(options: ServingCertificateOptions, deps: Deps): Promise<KeyPair> {
  const given = options.certificateFile !== undefined && options.keyFile !== undefined;
  const files = given
    ? { certificateFile: options.certificateFile!, keyFile: options.keyFile! }
    : { certificateFile: join(options.folder, 'apiserver.crt'), keyFile: join(options.folder, 'apiserver.key') };
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
