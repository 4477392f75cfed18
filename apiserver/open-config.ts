import type { Deps } from '../component/deps.ts';
import type { OpenAuthentication } from './authenticators/open-authentication.ts';
import type { OpenAuthorization } from './authorizers/open-authorization.ts';
import { configOf, type ApiServerConfig, type ApiServerFlags } from './config.ts';

/** A configuration, and those outside the server whom it asks. */
export interface OpenConfig {
  readonly config: ApiServerConfig;
  /** Follows the files that flags name until the signal aborts, then lets go of connections. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The configuration that flags say. Code and packages of what others decide are loaded only where a flag asks for it.
 * @throws FlagError where flags contradict themselves, or a file cannot be read
 */
export async function openConfig(values: ApiServerFlags, deps: Deps): Promise<OpenConfig> {
  const config = withoutStrangers(configOf(values), values, deps);
  const authentication = await openAuthentication(values, config, deps);
  const authorization = await openAuthorization(values, deps);
  return {
    config: {
      ...config,
      authentication: { ...config.authentication, ...authentication?.options },
      ...(authorization ? { authorizationLinks: authorization.links } : {}),
    },
    run: async (signal) => void (await Promise.all([authentication?.run(signal), authorization?.run(signal)])),
  };
}

/** Who may do everything must be known: where all are allowed everything, requests without credentials are not let in. */
function withoutStrangers(config: ApiServerConfig, values: ApiServerFlags, { log }: Deps): ApiServerConfig {
  const { authentication, authorizationModes } = config;
  if (!authentication.anonymous || values.authorizationConfig || !authorizationModes.includes('AlwaysAllow'))
    return config;
  log.warn('AnonymousAuth is not allowed with the AlwaysAllow authorizer. Resetting AnonymousAuth to false. You should use a different authorizer'); // prettier-ignore
  return { ...config, authentication: { ...authentication, anonymous: false } };
}

async function openAuthentication(
  values: ApiServerFlags,
  config: ApiServerConfig,
  deps: Deps,
): Promise<OpenAuthentication | undefined> {
  const { authenticationTokenWebhookConfigFile: webhook, authenticationConfig: file, oidcIssuerUrl: issuer } = values;
  if (!webhook && !file && !issuer) return undefined;
  const opener = await import('./authenticators/open-authentication.ts');
  return opener.openAuthentication(values, config.authentication, deps);
}

async function openAuthorization(values: ApiServerFlags, deps: Deps): Promise<OpenAuthorization | undefined> {
  if (!values.authorizationConfig && !values.authorizationMode.includes('Webhook')) return undefined;
  const opener = await import('./authorizers/open-authorization.ts');
  return opener.openAuthorization(values, deps);
}
