import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isPair, type KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import { followFiles } from '../../component/follow-files.ts';
import type { ServingMaterial } from './https-server.ts';
import type { NamedFiles } from './named-certificates.ts';
import { servingCertificate, servingFilesOf, type ServingCertificateOptions } from './serving-certificate.ts';

export interface ServingFilesOptions extends ServingCertificateOptions {
  /** `--tls-sni-cert-key`. */
  readonly named: readonly NamedFiles[];
  /** Authorities of client certificates: `--client-ca-file`, `--requestheader-client-ca-file`. */
  readonly clientCaFiles: readonly string[];
}

/** What a server shows and whom it believes, from files that may change while it runs. */
export interface ServingFiles {
  readonly material: ServingMaterial;
  /** Hands over what files hold when that has changed and fits together, until the signal aborts. */
  follow(take: (material: ServingMaterial) => void, signal: AbortSignal): Promise<void>;
}

/** Reads the files; a self-signed pair is made where none are named. Rejects where one cannot be read or is no good. */
export async function openServingFiles(options: ServingFilesOptions, deps: Deps): Promise<ServingFiles> {
  const pair = await servingCertificate(options, deps);
  const own = servingFilesOf(options);
  const pairs = [own, ...options.named];
  const files = [
    ...pairs.flatMap(({ certificateFile, keyFile }) => [certificateFile, keyFile]),
    ...options.clientCaFiles,
  ];

  const materialOf = (texts: readonly string[]): { material: ServingMaterial; misfit?: string } => {
    const found = pairs.map((_, i): KeyPair => ({ certificate: texts[2 * i]!, privateKey: texts[2 * i + 1]! }));
    const clientCa = texts.slice(2 * pairs.length);
    clientCa.forEach((text) => new X509Certificate(text)); // throws where there is none
    const misfit = found.findIndex((one) => !isPair(one));
    return {
      material: {
        ...found[0]!,
        clientCa,
        named: options.named.map(({ names }, i) => ({ ...found[i + 1]!, names })),
      },
      ...(misfit < 0 ? {} : { misfit: pairs[misfit]!.certificateFile }),
    };
  };

  const others = await Promise.all(files.slice(2).map(readText));
  const texts = [pair.certificate, pair.privateKey, ...others];
  const first = materialOf(texts);
  if (first.misfit) throw new FlagError(`tls: private key does not match public key: ${first.misfit}`);
  return {
    material: first.material,
    follow: (take, signal) =>
      followFiles(
        {
          files,
          texts,
          take: (changed) => {
            const { material, misfit } = materialOf(changed);
            if (misfit) return 'later';
            take(material);
            return 'taken';
          },
        },
        deps,
        signal,
      ),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new FlagError(`unable to read ${file}: ${(error as Error).message}`);
  }
}
