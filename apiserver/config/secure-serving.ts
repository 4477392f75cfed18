import { tlsFlags } from '../../component/tls-flags.ts';
import { defineSection } from './config-section.ts';

/** Sockets and their certificates; whoever opens them reads the flags. */
export const secureServing = defineSection({
  heading: 'Secure serving',
  flags: {
    ...tlsFlags,
    'http2-max-streams-per-connection': {
      kind: 'int',
      default: 0,
      min: 0,
      description: 'The limit for streams in an HTTP/2 connection that clients are told; 0 is the default, 250.',
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
  },
  defaults: {},
  configOf: () => ({}),
});
