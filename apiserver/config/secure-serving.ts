import { FlagError } from '../../component/flags.ts';
import { tlsFlags, tlsOffer } from '../../component/tls-flags.ts';
import { parseNamedFiles } from '../server/named-certificates.ts';
import { defineSection } from './config-section.ts';

/** What HTTP/2 asks for at the least (RFC 7540, section 9.2.2). */
const neededByHttp2 = ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'];

/** Sockets and their certificates; whoever opens them reads the flags. */
export const secureServing = defineSection({
  heading: 'Secure serving',
  flags: {
    ...tlsFlags,
    'http2-max-streams-per-connection': {
      kind: 'int',
      default: 0,
      min: 0,
      description: 'The limit for streams in an HTTP/2 connection that clients are told; 0 is the default, 100.',
    },
    'bind-address': {
      kind: 'string',
      default: '0.0.0.0',
      description: 'The IP address on which to listen for the --secure-port port.',
    },
    'secure-port': {
      kind: 'port',
      default: 6443,
      description: 'The port on which to serve HTTPS with authentication and authorization.',
    },
    'cert-dir': {
      kind: 'string',
      default: '/var/run/kubernetes',
      description:
        'The directory where the TLS certs are located. Ignored if --tls-cert-file and --tls-private-key-file are given.',
    },
    'tls-cert-file': {
      kind: 'string',
      description: 'File containing the default x509 Certificate for HTTPS.',
    },
    'tls-private-key-file': {
      kind: 'string',
      description: 'File containing the default x509 private key matching --tls-cert-file.',
    },
    'tls-sni-cert-key': {
      kind: 'array',
      description:
        'A pair of x509 certificate and private key file paths, optionally suffixed with a list of domain patterns which are fully qualified domain names, possibly with prefixed wildcard segments. If no domain patterns are provided, the names of the certificate are extracted. Non-wildcard matches trump over wildcard matches, explicit domain patterns trump over extracted names. For multiple key/certificate pairs, use the --tls-sni-cert-key multiple times. Examples: "example.crt,example.key" or "foo.crt,foo.key:*.foo.com,foo.com".',
    },
  },
  defaults: {},
  configOf: (values) => {
    const { minVersion } = tlsOffer(values);
    const suites = values.tlsCipherSuites;
    if (minVersion !== 'TLSv1.3' && suites.length > 0 && !neededByHttp2.some((suite) => suites.includes(suite)))
      throw new FlagError(
        `http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of ${neededByHttp2.join(' or ')})`,
      );
    values.tlsSniCertKey.forEach(parseNamedFiles);
    return {};
  },
});
