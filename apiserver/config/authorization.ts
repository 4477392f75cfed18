import { FlagError } from '../../component/flags.ts';
import type { AuthorizationOptions } from '../authorizers/create-authorizer.ts';
import { defineSection } from './config-section.ts';

interface AuthorizationConfig {
  readonly authorizationModes: AuthorizationOptions['modes'];
  /** Who is asked in place of them, where webhooks are among it. */
  readonly authorizationLinks?: AuthorizationOptions['links'];
}

const defaultVersion = 'v1beta1';
const defaultAuthorizedTtlMs = 300_000;
const defaultUnauthorizedTtlMs = 30_000;

/** Who decides what a caller may do. */
export const authorization = defineSection({
  heading: 'Authorization',
  flags: {
    'authorization-mode': {
      kind: 'strings',
      default: [],
      description:
        'Ordered list of plug-ins to do authorization on secure port: AlwaysAllow, AlwaysDeny, Webhook, Node, RBAC. AlwaysAllow where nothing is said and --authorization-config is not used.',
    },
    'authorization-config': {
      kind: 'string',
      description:
        'File with Authorization Configuration to configure the authorizer chain. It is read again when it changes. Not to be given with --authorization-mode or --authorization-webhook-* flags.',
    },
    'authorization-webhook-config-file': {
      kind: 'string',
      description:
        "File with webhook configuration in kubeconfig format, used with --authorization-mode=Webhook. The API server will query the remote service to determine access on the API server's secure port.",
    },
    'authorization-webhook-version': {
      kind: 'string',
      default: defaultVersion,
      oneOf: ['v1', 'v1beta1'],
      description:
        'The API version of the authorization.k8s.io SubjectAccessReview to send to and expect from the webhook.',
    },
    'authorization-webhook-cache-authorized-ttl': {
      kind: 'duration',
      default: defaultAuthorizedTtlMs,
      description: "The duration to cache 'authorized' responses from the webhook authorizer.",
    },
    'authorization-webhook-cache-unauthorized-ttl': {
      kind: 'duration',
      default: defaultUnauthorizedTtlMs,
      description: "The duration to cache 'unauthorized' responses from the webhook authorizer.",
    },
  },
  defaults: { authorizationModes: ['AlwaysAllow'] } as AuthorizationConfig,
  configOf: (values): AuthorizationConfig => {
    const { authorizationMode: modes, authorizationWebhookConfigFile: webhookFile } = values;
    if (values.authorizationConfig) {
      const isElsewhere =
        modes.length > 0 ||
        webhookFile !== undefined ||
        values.authorizationWebhookVersion !== defaultVersion ||
        values.authorizationWebhookCacheAuthorizedTtl !== defaultAuthorizedTtlMs ||
        values.authorizationWebhookCacheUnauthorizedTtl !== defaultUnauthorizedTtlMs;
      if (isElsewhere)
        throw new FlagError(
          '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
        );
    }
    if (modes.includes('Webhook') && !webhookFile)
      throw new FlagError("authorization-mode Webhook's authorization config file not passed");
    if (webhookFile && !modes.includes('Webhook'))
      throw new FlagError('cannot specify --authorization-webhook-config-file without mode Webhook');
    return { authorizationModes: modes.length ? modes : ['AlwaysAllow'] };
  },
});
