import { FlagError } from '../../component/flags.ts';
import { defineSection } from './config-section.ts';

const defaultUsernameClaim = 'sub';
const defaultAlgorithms = ['RS256'];

/** Issuers of tokens that speak OpenID Connect; whoever opens them reads the flags. */
export const oidc = defineSection({
  heading: 'Authentication',
  flags: {
    'authentication-config': {
      kind: 'string',
      description:
        'File with Authentication Configuration to configure the JWT Token authenticator or the anonymous authenticator. It is read again when it changes. Not to be given with the oidc-* flags, nor with --anonymous-auth where it configures that.',
    },
    'oidc-issuer-url': {
      kind: 'string',
      description:
        'The URL of the OpenID issuer, only HTTPS scheme will be accepted. If set, it will be used to verify the OIDC JSON Web Token (JWT).',
    },
    'oidc-client-id': {
      kind: 'string',
      description: 'The client ID for the OpenID Connect client, must be set if oidc-issuer-url is set.',
    },
    'oidc-ca-file': {
      kind: 'string',
      description:
        "If set, the OpenID server's certificate will be verified by one of the authorities in the oidc-ca-file, otherwise the host's root CA set will be used.",
    },
    'oidc-username-claim': {
      kind: 'string',
      default: defaultUsernameClaim,
      description:
        "The OpenID claim to use as the user name. Note that claims other than the default ('sub') is not guaranteed to be unique and immutable.",
    },
    'oidc-username-prefix': {
      kind: 'string',
      description:
        "If provided, all usernames will be prefixed with this value. If not provided, username claims other than 'email' are prefixed by the issuer URL to avoid clashes. To skip any prefixing, provide the value '-'.",
    },
    'oidc-groups-claim': {
      kind: 'string',
      description:
        'If provided, the name of a custom OpenID Connect claim for specifying user groups. The claim value is expected to be a string or array of strings.',
    },
    'oidc-groups-prefix': {
      kind: 'string',
      description:
        'If provided, all groups will be prefixed with this value to prevent conflicts with other authentication strategies.',
    },
    'oidc-required-claim': {
      kind: 'array',
      description:
        'A key=value pair that describes a required claim in the ID Token. If set, the claim is verified to be present in the ID Token with a matching value. Repeat this flag to specify multiple claims.',
    },
    'oidc-signing-algs': {
      kind: 'strings',
      default: defaultAlgorithms,
      description:
        "Comma-separated list of allowed JOSE asymmetric signing algorithms. JWTs with a supported 'alg' header values are: RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512.",
    },
  },
  defaults: {},
  configOf: (values) => {
    const isGiven =
      values.oidcUsernameClaim !== defaultUsernameClaim ||
      values.oidcSigningAlgs.join() !== defaultAlgorithms.join() ||
      values.oidcRequiredClaim.length > 0 ||
      [
        values.oidcIssuerUrl,
        values.oidcClientId,
        values.oidcCaFile,
        values.oidcUsernamePrefix,
        values.oidcGroupsClaim,
        values.oidcGroupsPrefix,
      ].some((value) => value !== undefined);
    if (values.authenticationConfig) {
      if (isGiven) throw new FlagError('authentication-config file and oidc-* flags are mutually exclusive');
    } else if (isGiven && !(values.oidcIssuerUrl && values.oidcClientId))
      throw new FlagError(
        'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set',
      );
    return {};
  },
});
