import { FlagError } from '../../../component/flags.ts';
import type { ApiServerFlags } from '../../config.ts';
import { readFlagFile } from '../read-flag-file.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';

/** The one issuer that `--oidc-*` describe. @throws FlagError where the file of authorities cannot be read */
export function oidcFlagsConfiguration(values: ApiServerFlags): JwtAuthenticatorConfiguration {
  const { oidcIssuerUrl: url = '', oidcClientId: clientId = '', oidcUsernameClaim: claim, oidcCaFile } = values;
  return {
    issuer: {
      url,
      audiences: [clientId],
      ...(oidcCaFile ? { certificateAuthority: readFlagFile(oidcCaFile, 'file of --oidc-ca-file') } : {}),
    },
    claimMappings: {
      username: { claim, prefix: usernamePrefix(values.oidcUsernamePrefix ?? '', claim, url) },
      ...(values.oidcGroupsClaim
        ? { groups: { claim: values.oidcGroupsClaim, prefix: values.oidcGroupsPrefix ?? '' } }
        : {}),
    },
    claimValidationRules: values.oidcRequiredClaim.map(requiredClaim),
  };
}

/** Names of other issuers must not be taken for ours, unless somebody asks for it; addresses are unique by themselves. */
function usernamePrefix(prefix: string, claim: string, issuer: string): string {
  if (prefix === '-') return '';
  return prefix === '' && claim !== 'email' ? `${issuer}#` : prefix;
}

function requiredClaim(pair: string): { claim: string; requiredValue: string } {
  const equals = pair.indexOf('=');
  if (equals < 0)
    throw new FlagError(
      `invalid argument ${JSON.stringify(pair)} for "--oidc-required-claim" flag: malformed pair, expect string=string`,
    );
  return { claim: pair.slice(0, equals).trim(), requiredValue: pair.slice(equals + 1).trim() };
}
