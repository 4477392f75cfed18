import type { KubeletClientOptions } from './kubelets/kubelet-client.ts';
import { networkInterfaces } from 'node:os';
import { defineFlags, FlagError, type FlagValues } from '../component/flags.ts';
import type { AdmissionOptions } from './admission/create-admission.ts';
import { auditFormats } from './audit/log-backend.ts';
import { ignoredFlags } from './ignored-flags.ts';
import type { FlowControlOptions } from './stages/create-flow-control.ts';
import type { AuthenticationOptions } from './authenticators/index.ts';
import type { ServiceAccountTokenOptions } from './service-accounts/service-account-tokens.ts';

const generic = 'Generic';
const etcd = 'Etcd';
const serving = 'Secure serving';
const authentication = 'Authentication';
const authorization = 'Authorization';
const admission = 'Admission';
const auditing = 'Auditing';
const misc = 'Misc';

/** The flags that mean something here, under upstream's names. */
const ownFlags = defineFlags({
  'advertise-address': {
    kind: 'string',
    group: generic,
    description: 'The IP address on which to advertise the apiserver to members of the cluster.',
  },
  'min-request-timeout': {
    kind: 'int',
    default: 1800,
    min: 0,
    group: generic,
    description: 'Seconds a watch without a timeout of its own is kept at least.',
  },
  'request-timeout': {
    kind: 'duration',
    default: 60_000,
    group: generic,
    description:
      'How long a request may take before it is timed out. The default for all requests but watches, which have --min-request-timeout.',
  },
  'max-requests-inflight': {
    kind: 'int',
    default: 400,
    min: 0,
    group: generic,
    description:
      'The maximum number of non-mutating requests in flight, or with --enable-priority-and-fairness one part of the seats of all.',
  },
  'max-mutating-requests-inflight': {
    kind: 'int',
    default: 200,
    min: 0,
    group: generic,
    description:
      'The maximum number of mutating requests in flight, or with --enable-priority-and-fairness the other part of the seats of all.',
  },
  'enable-priority-and-fairness': {
    kind: 'bool',
    default: true,
    group: generic,
    description:
      'Replaces the max-in-flight handler with one that queues and dispatches with priority and fairness, as flow schemas say.',
  },
  'goaway-chance': {
    kind: 'float',
    default: 0,
    group: generic,
    description:
      'Fraction of HTTP/2 requests after which the client is sent GOAWAY, to spread clients over servers. 0 is off, 0.02 (1 in 50) the most.',
  },
  'http2-max-streams-per-connection': {
    kind: 'int',
    default: 0,
    min: 0,
    group: serving,
    description: 'The limit for streams in an HTTP/2 connection that clients are told; 0 is the default, 250.',
  },
  'shutdown-delay-duration': {
    kind: 'duration',
    default: 0,
    group: generic,
    description: 'Time to delay the termination; /readyz fails meanwhile and requests are served.',
  },
  'storage-backend': {
    kind: 'string',
    default: 'etcd3',
    oneOf: ['etcd3', 'memory'],
    group: etcd,
    description: 'The storage backend for persistence: etcd3, or memory, which forgets all when the process ends.',
  },
  'etcd-servers': {
    kind: 'strings',
    group: etcd,
    description: 'List of etcd servers to connect with (scheme://ip:port), comma separated.',
  },
  'etcd-prefix': {
    kind: 'string',
    default: '/registry',
    group: etcd,
    description: 'The prefix to prepend to all resource paths in etcd.',
  },
  'etcd-cafile': {
    kind: 'string',
    group: etcd,
    description: 'SSL Certificate Authority file used to secure etcd communication.',
  },
  'etcd-certfile': {
    kind: 'string',
    group: etcd,
    description: 'SSL certification file used to secure etcd communication.',
  },
  'etcd-keyfile': { kind: 'string', group: etcd, description: 'SSL key file used to secure etcd communication.' },
  'etcd-compaction-interval': {
    kind: 'duration',
    default: 300_000,
    group: etcd,
    description: 'The interval of compaction requests. If 0, the compaction request from apiserver is disabled.',
  },
  'encryption-provider-config': {
    kind: 'string',
    group: etcd,
    description: 'The file containing configuration for encryption providers to be used for storing secrets in etcd.',
  },
  'encryption-provider-config-automatic-reload': {
    kind: 'bool',
    group: etcd,
    description:
      'Determines if the file set by --encryption-provider-config should be automatically reloaded if the disk contents change.',
  },
  'event-ttl': { kind: 'duration', default: 3_600_000, group: misc, description: 'Amount of time to retain events.' },
  'bind-address': {
    kind: 'string',
    default: '0.0.0.0',
    group: serving,
    description: 'The IP address on which to listen for the --secure-port port.',
  },
  'secure-port': {
    kind: 'port',
    default: 6443,
    group: serving,
    description: 'The port on which to serve HTTPS with authentication and authorization.',
  },
  'cert-dir': {
    kind: 'string',
    default: '/var/run/kubernetes',
    group: serving,
    description:
      'The directory where the TLS certs are located. Ignored if --tls-cert-file and --tls-private-key-file are given.',
  },
  'tls-cert-file': {
    kind: 'string',
    group: serving,
    description: 'File containing the default x509 Certificate for HTTPS.',
  },
  'tls-private-key-file': {
    kind: 'string',
    group: serving,
    description: 'File containing the default x509 private key matching --tls-cert-file.',
  },
  'client-ca-file': {
    kind: 'string',
    group: authentication,
    description:
      'Any request presenting a client certificate signed by one of the authorities in the client-ca-file is authenticated with an identity corresponding to the CommonName of the client certificate.',
  },
  'token-auth-file': {
    kind: 'string',
    group: authentication,
    description: 'The file that will be used to secure the secure port of the API server via token authentication.',
  },
  'anonymous-auth': {
    kind: 'bool',
    default: true,
    group: authentication,
    description: 'Enables anonymous requests to the secure port of the API server.',
  },
  'enable-bootstrap-token-auth': {
    kind: 'bool',
    group: authentication,
    description:
      "Enable to allow secrets of type 'bootstrap.kubernetes.io/token' in the 'kube-system' namespace to be used for TLS bootstrapping authentication.",
  },
  'api-audiences': {
    kind: 'strings',
    group: authentication,
    description: 'Identifiers of the API. Defaults to the issuers of service account tokens.',
  },
  'service-account-issuer': {
    kind: 'strings',
    group: authentication,
    description: 'Identifier of the service account token issuer. The first issues, all are accepted.',
  },
  'service-account-key-file': {
    kind: 'strings',
    group: authentication,
    description: 'Files containing PEM-encoded keys used to verify ServiceAccount tokens.',
  },
  'service-account-signing-key-file': {
    kind: 'string',
    group: authentication,
    description: 'Path to the file that contains the current private key of the service account token issuer.',
  },
  'service-account-jwks-uri': {
    kind: 'string',
    group: authentication,
    description:
      'Overrides the URI for the JSON Web Key Set in the discovery doc served at /.well-known/openid-configuration.',
  },
  'service-account-max-token-expiration': {
    kind: 'duration',
    default: 0,
    group: authentication,
    description: 'The maximum validity duration of a token created by the service account token issuer; 0 is no limit.',
  },
  'service-account-extend-token-expiration': {
    kind: 'bool',
    default: true,
    group: authentication,
    description: 'Extends the expiration of tokens injected into pods, for clients that never read them again.',
  },
  'requestheader-client-ca-file': {
    kind: 'string',
    group: authentication,
    description:
      'Root certificate bundle to use to verify client certificates on incoming requests before trusting usernames in headers.',
  },
  'requestheader-allowed-names': {
    kind: 'strings',
    group: authentication,
    description: 'List of client certificate common names to allow to provide usernames in headers.',
  },
  'requestheader-username-headers': {
    kind: 'strings',
    default: [],
    group: authentication,
    description: 'List of request headers to inspect for usernames. X-Remote-User is common.',
  },
  'requestheader-uid-headers': {
    kind: 'strings',
    default: [],
    group: authentication,
    description: 'List of request headers to inspect for UIDs. X-Remote-Uid is suggested.',
  },
  'requestheader-group-headers': {
    kind: 'strings',
    default: [],
    group: authentication,
    description: 'List of request headers to inspect for groups. X-Remote-Group is suggested.',
  },
  'requestheader-extra-headers-prefix': {
    kind: 'strings',
    default: [],
    group: authentication,
    description: 'List of request header prefixes to inspect. X-Remote-Extra- is suggested.',
  },
  'authorization-mode': {
    kind: 'strings',
    default: [],
    group: authorization,
    description:
      'Ordered list of plug-ins to do authorization on secure port: AlwaysAllow, AlwaysDeny, Node, RBAC. AlwaysAllow where nothing is said.',
  },
  'enable-admission-plugins': {
    kind: 'strings',
    group: admission,
    description: 'Admission plugins that should be enabled in addition to default enabled ones.',
  },
  'admission-control-config-file': {
    kind: 'string',
    group: admission,
    description: 'File with admission control configuration.',
  },
  'disable-admission-plugins': {
    kind: 'strings',
    group: admission,
    description: 'Admission plugins that should be disabled although they are in the default enabled plugins list.',
  },
  'audit-policy-file': {
    kind: 'string',
    group: auditing,
    description: 'Path to the file that defines the audit policy configuration. Nothing is recorded without one.',
  },
  'audit-log-path': {
    kind: 'string',
    group: auditing,
    description: "If set, all requests coming to the apiserver will be logged to this file. '-' means standard out.",
  },
  'audit-log-format': {
    kind: 'string',
    default: 'json',
    oneOf: auditFormats,
    group: auditing,
    description: 'Format of saved audits. "legacy" indicates 1-line text format for each event.',
  },
  'audit-log-maxsize': {
    kind: 'int',
    default: 0,
    min: 0,
    group: auditing,
    description: 'The maximum size in megabytes of the audit log file before it gets rotated; 0 is 100.',
  },
  'audit-log-maxage': {
    kind: 'int',
    default: 0,
    min: 0,
    group: auditing,
    description:
      'The maximum number of days to retain old audit log files based on the timestamp encoded in their filename.',
  },
  'audit-log-maxbackup': {
    kind: 'int',
    default: 0,
    min: 0,
    group: auditing,
    description:
      "The maximum number of old audit log files to retain. Setting a value of 0 will mean there's no restriction on the number of files.",
  },
  'audit-log-compress': {
    kind: 'bool',
    group: auditing,
    description: 'If set, the rotated log files will be compressed using gzip.',
  },
  'audit-webhook-config-file': {
    kind: 'string',
    group: auditing,
    description: 'Path to a kubeconfig formatted file that defines the audit webhook configuration.',
  },
  'audit-webhook-batch-buffer-size': {
    kind: 'int',
    default: 10_000,
    min: 1,
    group: auditing,
    description: 'The size of the buffer to store events before batching and writing.',
  },
  'audit-webhook-batch-max-size': {
    kind: 'int',
    default: 400,
    min: 1,
    group: auditing,
    description: 'The maximum size of a batch.',
  },
  'audit-webhook-batch-max-wait': {
    kind: 'duration',
    default: 30_000,
    group: auditing,
    description: "The amount of time to wait before force writing the batch that hadn't reached the max size.",
  },
  'audit-webhook-initial-backoff': {
    kind: 'duration',
    default: 10_000,
    group: auditing,
    description: 'The amount of time to wait before retrying the first failed request.',
  },
  'service-cluster-ip-range': {
    kind: 'string',
    default: '10.0.0.0/24',
    group: misc,
    description: 'A CIDR notation IP range from which to assign service cluster IPs.',
  },
  'service-node-port-range': {
    kind: 'string',
    default: '30000-32767',
    group: misc,
    description: 'A port range to reserve for services with NodePort visibility.',
  },
  'allow-privileged': { kind: 'bool', group: misc, description: 'If true, allow privileged containers.' },
  'kubelet-client-certificate': {
    kind: 'string',
    group: misc,
    description: 'Path to a client cert file for TLS to kubelets.',
  },
  'kubelet-client-key': { kind: 'string', group: misc, description: 'Path to a client key file for TLS to kubelets.' },
  'kubelet-certificate-authority': {
    kind: 'string',
    group: misc,
    description: 'Path to a cert file for the certificate authority of kubelets.',
  },
  'kubelet-preferred-address-types': {
    kind: 'strings',
    default: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
    group: misc,
    description: 'List of the preferred NodeAddressTypes to use for kubelet connections.',
  },
  'proxy-client-cert-file': {
    kind: 'string',
    group: misc,
    description: 'Client certificate used to prove the identity of the aggregator.',
  },
  'proxy-client-key-file': {
    kind: 'string',
    group: misc,
    description: 'Private key for the client certificate used to prove the identity of the aggregator.',
  },
});

/** All that the command line takes. */
export const flags: typeof ownFlags = { ...ignoredFlags, ...ownFlags };

export type ApiServerFlags = FlagValues<typeof ownFlags>;

/** What an API server needs to know, apart from sockets and the store. */
export interface ApiServerConfig {
  readonly authentication: Omit<AuthenticationOptions, 'serviceAccountTokens'>;
  readonly authorizationModes: readonly string[];
  readonly admission: AdmissionOptions;
  /** Absent: no tokens of service accounts. */
  readonly serviceAccounts?: ServiceAccountTokenOptions & {
    readonly signingKeyFile?: string;
    readonly keyFiles: readonly string[];
    /** `--service-account-jwks-uri`: where the keys are for others, if not here. */
    readonly jwksUri?: string;
  };
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: string;
  /** Where others reach this server: the endpoint of the service `kubernetes`. */
  readonly advertise: { readonly address: string; readonly port: number };
  readonly minRequestTimeoutSeconds: number;
  readonly requestTimeoutMs: number;
  readonly flowControl: FlowControlOptions;
  readonly eventTtlSeconds: number;
  /** How long history is kept; 0 leaves it to others. */
  readonly compactionIntervalMs: number;
  readonly kubelets: KubeletClientOptions;
}

export const defaultConfig: ApiServerConfig = {
  authentication: { apiAudiences: ['https://kubernetes.default.svc.cluster.local'] },
  authorizationModes: ['AlwaysAllow'],
  admission: {},
  serviceClusterIpRange: '10.0.0.0/24',
  serviceNodePortRange: '30000-32767',
  // Of RFC 5737: endpoints may not be on the loopback.
  advertise: { address: '192.0.2.1', port: 6443 },
  minRequestTimeoutSeconds: 1800,
  requestTimeoutMs: 60_000,
  flowControl: { priorityAndFairness: true, maxRequestsInFlight: 400, maxMutatingRequestsInFlight: 200 },
  eventTtlSeconds: 3600,
  compactionIntervalMs: 300_000,
  kubelets: { preferredAddressTypes: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] },
};

/** The configuration that flags say. @throws FlagError where they contradict themselves */
export function configOf(values: ApiServerFlags): ApiServerConfig {
  const issuers = values.serviceAccountIssuer;
  const apiAudiences = values.apiAudiences.length ? values.apiAudiences : issuers.slice(0, 1);
  checkLimits(values);
  if (values.serviceAccountSigningKeyFile && issuers.length === 0)
    throw new FlagError('--service-account-issuer must be specified with --service-account-signing-key-file');
  return {
    authentication: {
      clientCaFile: values.clientCaFile,
      tokenAuthFile: values.tokenAuthFile,
      bootstrapTokens: values.enableBootstrapTokenAuth,
      anonymous: values.anonymousAuth,
      apiAudiences: apiAudiences.length ? apiAudiences : defaultConfig.authentication.apiAudiences,
      requestHeader: values.requestheaderClientCaFile
        ? {
            clientCaFile: values.requestheaderClientCaFile,
            allowedNames: values.requestheaderAllowedNames,
            usernameHeaders: values.requestheaderUsernameHeaders,
            uidHeaders: values.requestheaderUidHeaders,
            groupHeaders: values.requestheaderGroupHeaders,
            extraHeaderPrefixes: values.requestheaderExtraHeadersPrefix,
          }
        : undefined,
    },
    authorizationModes: values.authorizationMode.length ? values.authorizationMode : ['AlwaysAllow'],
    admission: {
      enable: values.enableAdmissionPlugins,
      disable: values.disableAdmissionPlugins,
      configFile: values.admissionControlConfigFile,
    },
    serviceAccounts: issuers.length
      ? {
          issuers,
          apiAudiences: apiAudiences,
          signingKeyFile: values.serviceAccountSigningKeyFile,
          keyFiles: values.serviceAccountKeyFile,
          jwksUri: values.serviceAccountJwksUri,
          maxExpirationSeconds: Math.round(values.serviceAccountMaxTokenExpiration / 1000),
          extendExpiration: values.serviceAccountExtendTokenExpiration,
        }
      : undefined,
    serviceClusterIpRange: values.serviceClusterIpRange,
    serviceNodePortRange: values.serviceNodePortRange,
    advertise: { address: values.advertiseAddress ?? ownAddress(values.bindAddress), port: values.securePort },
    minRequestTimeoutSeconds: values.minRequestTimeout,
    requestTimeoutMs: values.requestTimeout,
    flowControl: {
      priorityAndFairness: values.enablePriorityAndFairness,
      maxRequestsInFlight: values.maxRequestsInflight,
      maxMutatingRequestsInFlight: values.maxMutatingRequestsInflight,
    },
    eventTtlSeconds: Math.round(values.eventTtl / 1000),
    compactionIntervalMs: values.etcdCompactionInterval,
    kubelets: {
      certificateFile: values.kubeletClientCertificate,
      keyFile: values.kubeletClientKey,
      certificateAuthorityFile: values.kubeletCertificateAuthority,
      preferredAddressTypes: values.kubeletPreferredAddressTypes,
    },
  };
}

/** Upstream's bounds of the flags on load. */
function checkLimits(values: ApiServerFlags): void {
  const { goawayChance, maxRequestsInflight: reads, maxMutatingRequestsInflight: writes } = values;
  if (goawayChance < 0 || goawayChance > 0.02)
    throw new FlagError('--goaway-chance can not be less than 0 or greater than 0.02');
  if (values.requestTimeout <= 0) throw new FlagError('--request-timeout can not be negative value');
  if (values.enablePriorityAndFairness && reads + writes <= 0)
    throw new FlagError(
      `invalid configuration: MaxRequestsInFlight=${reads} and MaxMutatingRequestsInFlight=${writes}; they must add up to something positive`,
    );
}

/** Where others may reach a server that listens on all addresses, or on the loopback: the host's first other address. */
function ownAddress(bindAddress: string): string {
  if (!['0.0.0.0', '::', '::1'].includes(bindAddress) && !bindAddress.startsWith('127.')) return bindAddress;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
