import { X509Certificate } from 'node:crypto';
import { isDns1123Subdomain } from '../../api/meta/names.ts';
import { FlagError } from '../../component/flags.ts';

/** One `--tls-sni-cert-key`. */
export interface NamedFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Names, perhaps `*.` at their beginning; those of the certificate where there are none. */
  readonly names: readonly string[];
}

/** Reads `cert,key` or `cert,key:name,*.name`. @throws FlagError in upstream's words */
export function parseNamedFiles(text: string): NamedFiles {
  const bad = (why: string): FlagError =>
    new FlagError(`invalid argument ${JSON.stringify(text)} for "--tls-sni-cert-key" flag: ${why}`);
  const colon = text.indexOf(':');
  const files = (colon < 0 ? text : text.slice(0, colon)).split(',').map((part) => part.trim());
  const names = colon < 0 ? [] : text.slice(colon + 1).trim();
  if (names === '') throw bad('empty names list is not allowed');
  if (files.length !== 2) throw bad('expected comma separated certificate and key file paths');
  return {
    certificateFile: files[0]!,
    keyFile: files[1]!,
    names: typeof names === 'string' ? names.split(',').map((name) => name.trim()) : [],
  };
}

/**
 * What to show to whom asks for a name, by name. Names that are given go before those of certificates, and of two that are
 * alike the first goes before the second.
 */
export function byName<T extends { readonly names: readonly string[]; readonly certificate: string }>(
  pairs: readonly T[],
): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const areGiven of [false, true]) {
    for (const pair of pairs.toReversed()) {
      if (pair.names.length > 0 !== areGiven) continue;
      for (const name of areGiven ? pair.names : namesOf(pair.certificate)) found.set(name.toLowerCase(), pair);
    }
  }
  return found;
}

/** The one for a name: its own, else that of all names beside it (`*.example.com`). */
export function findByName<T>(pairs: ReadonlyMap<string, T>, name: string): T | undefined {
  const lower = name.toLowerCase();
  return pairs.get(lower) ?? pairs.get(lower.replace(/^[^.]*/, '*'));
}

/** Common name and DNS names. Addresses are nobody's to ask for (RFC 6066). */
function namesOf(certificatePem: string): string[] {
  const certificate = new X509Certificate(certificatePem);
  const commonName = certificate.subject
    .split('\n')
    .find((line) => line.startsWith('CN='))
    ?.slice(3);
  const isDomain = commonName !== undefined && !isDns1123Subdomain(commonName.replace(/^\*\./, '')).length;
  const alternatives = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name!);
  return [...(isDomain ? [commonName] : []), ...alternatives];
}
