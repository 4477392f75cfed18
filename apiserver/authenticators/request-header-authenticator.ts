import { setOwn } from '../../api/schema/decode.ts';
import { X509Certificate } from 'node:crypto';
import type { Deps } from '../../component/deps.ts';
import type { ApiRequest, PeerCertificate } from '../request.ts';
import { createUser, type RequestAuthenticator } from './authenticator.ts';
import { loadCertificateAuthority } from './certificate-authority.ts';

/** `--requestheader-*`: whom to believe, and where an authenticating proxy writes. Header names in any case. */
export interface RequestHeaderOptions {
  readonly clientCaFile: string;
  /** Common names that may speak for others; none means all that the CA signed. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** Believes an authenticating proxy, which shows a client certificate of its own CA, about who the user is. */
export function createRequestHeaderAuthenticator(
  options: RequestHeaderOptions,
  deps: Pick<Deps, 'clock' | 'log'>,
): RequestAuthenticator {
  const authority = loadCertificateAuthority(options.clientCaFile, deps);
  const allowed = new Set(options.allowedNames);
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  const [usernameHeaders, uidHeaders, groupHeaders, extraPrefixes] = [
    lower(options.usernameHeaders),
    lower(options.uidHeaders),
    lower(options.groupHeaders),
    lower(options.extraHeaderPrefixes),
  ];
  const trusted = new WeakMap<PeerCertificate, { readonly isTrusted: boolean; readonly version: number }>();
  const isTrusted = (certificate: PeerCertificate): boolean => {
    const { version } = authority;
    let known = trusted.get(certificate);
    if (known?.version !== version) {
      known = { isTrusted: authority.issued(new X509Certificate(certificate.raw)), version };
      trusted.set(certificate, known);
    }
    return known.isTrusted;
  };
  return {
    name: 'requestheader',
    authenticate: ({ headers, peerCertificate }) => {
      const name = firstValue(headers, usernameHeaders);
      if (!name || !peerCertificate || !isTrusted(peerCertificate)) return { kind: 'none' };
      if (allowed.size > 0 && !allowed.has(peerCertificate.commonName)) {
        return {
          kind: 'rejected',
          reason: `x509: subject with cn=${peerCertificate.commonName} is not in the allowed list`,
        };
      }
      const user = createUser({
        name,
        uid: firstValue(headers, uidHeaders) ?? '',
        groups: groupHeaders.flatMap((header) => valuesOf(headers, header)),
        extra: extraOf(headers, extraPrefixes),
      });
      return { kind: 'user', user };
    },
  };
}

type Headers = ApiRequest['headers'];

/** All values of a header; one sent more than once is an array. */
export function valuesOf(headers: Headers, name: string): string[] {
  const value = headers[name];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function firstValue(headers: Headers, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = valuesOf(headers, name)[0];
    if (value) return value;
  }
  return undefined;
}

/** Headers that start with one of the prefixes: the rest, unescaped, is the key. */
export function extraOf(headers: Headers, prefixes: readonly string[]): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const header of Object.keys(headers)) {
    const prefix = prefixes.find((candidate) => header.startsWith(candidate));
    if (prefix === undefined) continue;
    const key = unescapeKey(header.slice(prefix.length));
    const values = [...(Object.hasOwn(extra, key) ? extra[key]! : []), ...valuesOf(headers, header)];
    setOwn(extra, key, values);
  }
  return extra;
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
