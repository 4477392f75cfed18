import { FlagError } from '../../component/flags.ts';
import type { AuthenticationOptions } from '../authenticators/index.ts';
import type { ServiceAccountTokenOptions } from '../service-accounts/service-account-tokens.ts';
import { defineSection } from './config-section.ts';

interface AuthenticationConfig {
  readonly authentication: Omit<AuthenticationOptions, 'serviceAccountTokens'>;
  /** Absent: no tokens of service accounts. */
  readonly serviceAccounts?: ServiceAccountTokenOptions & {
    readonly signingKeyFile?: string;
    readonly keyFiles: readonly string[];
    /** `--service-account-jwks-uri`: where the keys are for others, if not here. */
    readonly jwksUri?: string;
  };
}

const defaults: AuthenticationConfig = {
  authentication: { apiAudiences: ['https://kubernetes.default.svc.cluster.local'] },
};

/** Who a caller is, and whom tokens of service accounts are for. */
export const authentication = defineSection({
  heading: 'Authentication',
  flags: {
    'client-ca-file': {
      kind: 'string',
      description:
        'Any request presenting a client certificate signed by one of the authorities in the client-ca-file is authenticated with an identity corresponding to the CommonName of the client certificate.',
    },
    'token-auth-file': {
      kind: 'string',
      description: 'The file that will be used to secure the secure port of the API server via token authentication.',
    },
    'authentication-token-webhook-config-file': {
      kind: 'string',
      description:
        'File with webhook configuration for token authentication in kubeconfig format. The API server will query the remote service to determine authentication for bearer tokens.',
    },
    'authentication-token-webhook-version': {
      kind: 'string',
      default: 'v1beta1',
      oneOf: ['v1', 'v1beta1'],
      description: 'The API version of the authentication.k8s.io TokenReview to send to and expect from the webhook.',
    },
    'authentication-token-webhook-cache-ttl': {
      kind: 'duration',
      default: 120_000,
      description: 'The duration to cache responses from the webhook token authenticator.',
    },
    'anonymous-auth': {
      kind: 'bool',
      default: true,
      description: 'Enables anonymous requests to the secure port of the API server.',
    },
    'enable-bootstrap-token-auth': {
      kind: 'bool',
      description:
        "Enable to allow secrets of type 'bootstrap.kubernetes.io/token' in the 'kube-system' namespace to be used for TLS bootstrapping authentication.",
    },
    'api-audiences': {
      kind: 'strings',
      description: 'Identifiers of the API. Defaults to the issuers of service account tokens.',
    },
    'service-account-issuer': {
      kind: 'strings',
      description: 'Identifier of the service account token issuer. The first issues, all are accepted.',
    },
    'service-account-key-file': {
      kind: 'strings',
      description: 'Files containing PEM-encoded keys used to verify ServiceAccount tokens.',
    },
    'service-account-signing-key-file': {
      kind: 'string',
      description: 'Path to the file that contains the current private key of the service account token issuer.',
    },
    'service-account-jwks-uri': {
      kind: 'string',
      description:
        'Overrides the URI for the JSON Web Key Set in the discovery doc served at /.well-known/openid-configuration.',
    },
    'service-account-max-token-expiration': {
      kind: 'duration',
      default: 0,
      description:
        'The maximum validity duration of a token created by the service account token issuer; 0 is no limit.',
    },
    'service-account-extend-token-expiration': {
      kind: 'bool',
      default: true,
      description: 'Extends the expiration of tokens injected into pods, for clients that never read them again.',
    },
    'requestheader-client-ca-file': {
      kind: 'string',
      description:
        'Root certificate bundle to use to verify client certificates on incoming requests before trusting usernames in headers.',
    },
    'requestheader-allowed-names': {
      kind: 'strings',
      description: 'List of client certificate common names to allow to provide usernames in headers.',
    },
    'requestheader-username-headers': {
      kind: 'strings',
      default: [],
      description: 'List of request headers to inspect for usernames. X-Remote-User is common.',
    },
    'requestheader-uid-headers': {
      kind: 'strings',
      default: [],
      description: 'List of request headers to inspect for UIDs. X-Remote-Uid is suggested.',
    },
    'requestheader-group-headers': {
      kind: 'strings',
      default: [],
      description: 'List of request headers to inspect for groups. X-Remote-Group is suggested.',
    },
    'requestheader-extra-headers-prefix': {
      kind: 'strings',
      default: [],
      description: 'List of request header prefixes to inspect. X-Remote-Extra- is suggested.',
    },
  },
  defaults,
  configOf(values): AuthenticationConfig {
    const issuers = values.serviceAccountIssuer;
    const apiAudiences = values.apiAudiences.length ? values.apiAudiences : issuers.slice(0, 1);
    if (values.serviceAccountSigningKeyFile && issuers.length === 0)
      throw new FlagError('--service-account-issuer must be specified with --service-account-signing-key-file');
    return {
      authentication: {
        clientCaFile: values.clientCaFile,
        tokenAuthFile: values.tokenAuthFile,
        bootstrapTokens: values.enableBootstrapTokenAuth,
        anonymous: values.anonymousAuth,
        apiAudiences: apiAudiences.length ? apiAudiences : defaults.authentication.apiAudiences,
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
      serviceAccounts: issuers.length
        ? {
            issuers,
            apiAudiences,
            signingKeyFile: values.serviceAccountSigningKeyFile,
            keyFiles: values.serviceAccountKeyFile,
            jwksUri: values.serviceAccountJwksUri,
            maxExpirationSeconds: Math.round(values.serviceAccountMaxTokenExpiration / 1000),
            extendExpiration: values.serviceAccountExtendTokenExpiration,
          }
        : undefined,
    };
  },
});
