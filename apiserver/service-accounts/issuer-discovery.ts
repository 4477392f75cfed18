import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** An answer of the issuer's discovery endpoints (OpenID Connect Discovery 1.0). */
export interface IssuerDocument {
  readonly contentType: string;
  readonly body: string;
}

/** Documents by path; empty where the issuer is no https URL, as discovery then makes no sense. */
export type IssuerDocuments = ReadonlyMap<string, () => IssuerDocument>;

const configurationPath = '/.well-known/openid-configuration';
const keysPath = '/openid/v1/jwks';

/**
 * The documents by which others verify service-account tokens. `jwksUri` is `--service-account-jwks-uri`; where it is not
 * given, the keys are at `externalAddress` (host and port).
 */
export function issuerDocuments(
  tokens: ServiceAccountTokens,
  options: { readonly jwksUri?: string; readonly externalAddress: string },
): IssuerDocuments {
  const issuer = tokens.options.issuers[0] ?? '';
  if (!issuer.startsWith('https://')) return new Map();
  return new Map([
    [
      configurationPath,
      () => ({
        contentType: 'application/json',
        body: JSON.stringify({
          issuer,
          jwks_uri: options.jwksUri || `https://${options.externalAddress}${keysPath}`,
          response_types_supported: ['id_token'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: [
            ...new Set(tokens.keys.verification(undefined).map(({ algorithm }) => algorithm)),
          ].sort(),
        }),
      }),
    ],
    [
      keysPath,
      () => ({
        contentType: 'application/jwk-set+json',
        body: JSON.stringify({
          keys: tokens.keys.verification(undefined).map(({ id, algorithm, key }) => {
            const { kty, n, e, crv, x, y } = key.export({ format: 'jwk' }) as Record<string, string>;
            return {
              use: 'sig',
              kty,
              kid: id,
              ...(crv ? { crv } : {}),
              alg: algorithm,
              ...(crv ? { x, y } : { n, e }),
            };
          }),
        }),
      }),
    ],
  ]);
}
