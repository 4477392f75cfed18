import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-file.ts';
import type { KeyPair } from './certificates.ts';
import type { Deps } from './deps.ts';

export interface StoredPair extends KeyPair {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The kubelet's own client certificates with their keys, in files that only root reads. */
export interface CertificateStore {
  /** Always the newest pair: certificate and key in one file, a link to that of the day. */
  readonly currentFile: string;
  /** Undefined where there is none, or none that can be read as a pair. */
  current(): Promise<StoredPair | undefined>;
  /** Keeps the pair and makes it the current one, at once for whoever opens the file. */
  update(pair: KeyPair): Promise<void>;
}

/** Files as upstream names them: `kubelet-client-current.pem` points to `kubelet-client-2026-01-31-12-00-00.pem`. */
export function createCertificateStore(folder: string, { clock }: Pick<Deps, 'clock'>): CertificateStore {
  const currentFile = join(folder, 'kubelet-client-current.pem');
  return {
    currentFile,
    current: async () => {
      let text: string;
      try {
        text = await readFile(currentFile, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      return readPair(text);
    },
    update: async ({ certificate, privateKey }) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const time = new Date(clock.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-');
      const name = `kubelet-client-${time}.pem`;
      await writeFileAtomic(join(folder, name), certificate + privateKey, { mode: 0o600 });
      const link = `${currentFile}.updated`;
      await rm(link, { force: true });
      await symlink(name, link);
      await rename(link, currentFile);
    },
  };
}

/** What was only half written, or does not belong together, is as good as nothing: another is asked for. */
function readPair(text: string): StoredPair | undefined {
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/.exec(text)?.[0];
  const privateKey = /-----BEGIN (?:EC |RSA )?PRIVATE KEY-----[\s\S]*?-----END (?:EC |RSA )?PRIVATE KEY-----\n?/.exec(
    text,
  )?.[0];
  if (!certificate || !privateKey) return undefined;
  try {
    const read = new X509Certificate(certificate);
    if (!read.checkPrivateKey(createPrivateKey(privateKey))) return undefined;
    return {
      certificate,
      privateKey,
      notBeforeMs: read.validFromDate.getTime(),
      notAfterMs: read.validToDate.getTime(),
    };
  } catch {
    return undefined;
  }
}
