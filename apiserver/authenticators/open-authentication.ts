import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import type { ApiServerFlags } from '../config.ts';
import { openReviewWebhook } from '../webhooks/review-webhook.ts';
import type { AuthenticationOptions } from './index.ts';
import { createWebhookTokenAuthenticator } from './webhook-token-authenticator.ts';

/** Authentication by others: what is added to the options that flags alone make. */
export interface OpenAuthentication {
  readonly options: Pick<AuthenticationOptions, 'tokenWebhook'>;
  /** Keeps up with others until the signal aborts, then lets go of connections. */
  run(signal: AbortSignal): Promise<void>;
}

/** Reads the files that flags name. @throws FlagError */
export async function openAuthentication(
  values: ApiServerFlags,
  { apiAudiences }: Pick<AuthenticationOptions, 'apiAudiences'>,
  deps: Deps,
): Promise<OpenAuthentication> {
  const webhook = values.authenticationTokenWebhookConfigFile
    ? await openReviewWebhook({ kubeConfigFile: values.authenticationTokenWebhookConfigFile }, deps).catch(
        (error: Error) => {
          throw new FlagError(`--authentication-token-webhook-config-file: ${error.message}`);
        },
      )
    : undefined;
  const options = webhook && {
    version: values.authenticationTokenWebhookVersion,
    cacheTtlMs: values.authenticationTokenWebhookCacheTtl,
    apiAudiences,
  };
  return {
    options: { tokenWebhook: options && createWebhookTokenAuthenticator(options, webhook, deps) },
    run: async (signal) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      webhook?.close();
    },
  };
}
