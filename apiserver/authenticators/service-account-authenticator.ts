import type { ServiceAccountTokens } from '../service-accounts/service-account-tokens.ts';
import type { TokenAuthenticator } from './authenticator.ts';

/** Tokens that the server itself issued to service accounts. */
export function createServiceAccountAuthenticator(tokens: ServiceAccountTokens): TokenAuthenticator {
  return {
    name: 'serviceaccount',
    authenticateToken: (token, audiences) => tokens.verify(token, audiences),
  };
}
