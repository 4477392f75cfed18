import type { SecureContextOptions } from 'node:tls';
import { defineFlags, FlagError } from './flags.ts';

/** OpenSSL's names of the suites of TLS 1.2 by those of the IANA, which flags have, in the order of Go's preference. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
};

/** Those that Go offers where nothing is said. */
const defaultSuites = Object.keys(suites).slice(0, 12);

/** Those of TLS 1.3 are all on, as Go has it: a list names them without effect. AES with 128 bits costs least. */
const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const versions = {
  VersionTLS10: 'TLSv1',
  VersionTLS11: 'TLSv1.1',
  VersionTLS12: 'TLSv1.2',
  VersionTLS13: 'TLSv1.3',
} as const;

/** Upstream's flags of every server on what TLS it offers. */
export const tlsFlags = defineFlags({
  'tls-cipher-suites': {
    kind: 'strings',
    group: 'Secure serving',
    description: `Cipher suites of TLS 1.2 that are offered, by comma; Go's where none is given. Possible values: ${Object.keys(suites).sort().join(', ')}`,
  },
  'tls-min-version': {
    kind: 'string',
    default: '',
    group: 'Secure serving',
    description: `Minimum TLS version supported; VersionTLS12 where none is given. Possible values: ${Object.keys(versions).join(', ')}`,
  },
});

/** What a TLS server offers; part of Node's options. */
export type TlsOffer = Pick<SecureContextOptions, 'ciphers' | 'minVersion'>;

/** The options that the flags describe. @throws FlagError for a suite or a version that there is not */
export function tlsOffer(values: {
  readonly tlsCipherSuites: readonly string[];
  readonly tlsMinVersion: string;
}): TlsOffer {
  const unknown = values.tlsCipherSuites.find((name) => !(name in suites) && !tls13.includes(name));
  if (unknown !== undefined) throw new FlagError(`Cipher suite ${unknown} not supported or doesn't exist`);
  const version = values.tlsMinVersion || 'VersionTLS12';
  if (!(version in versions))
    throw new FlagError(`unknown tls version "${version}": choose from ${Object.keys(versions).join(', ')}`);
  const chosen = values.tlsCipherSuites.filter((name) => name in suites);
  const wanted = Object.keys(suites).filter((name) => (chosen.length ? chosen : defaultSuites).includes(name));
  // OpenSSL takes versions before 1.2 only where it is told that weak hashes are all right.
  const level = ['VersionTLS10', 'VersionTLS11'].includes(version) ? ['@SECLEVEL=0'] : [];
  return {
    minVersion: versions[version as keyof typeof versions],
    ciphers: [...tls13, ...new Set(wanted.map((name) => suites[name]!)), ...level].join(':'),
  };
}
