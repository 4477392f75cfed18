import { readFile } from 'node:fs/promises';
import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import { counter } from '../../component/metrics.ts';
import { followFiles } from '../../component/follow-files.ts';
import type { ApiServerFlags } from '../config.ts';
import { openReviewWebhook, type ReviewWebhook } from '../webhooks/review-webhook.ts';
import { parseAuthorizationConfiguration, type ConfiguredAuthorizer } from './authorization-configuration.ts';
import type { AuthorizationLink } from './create-authorizer.ts';
import { createMatchConditions } from './match-conditions.ts';
import { createWebhookAuthorizer } from './webhook-authorizer.ts';

/** Authorization with webhooks: who is asked, in order. */
export interface OpenAuthorization {
  readonly links: () => readonly AuthorizationLink[];
  /** Keeps up with the file of `--authorization-config` until the signal aborts, then lets go of connections. */
  run(signal: AbortSignal): Promise<void>;
}

interface Opened {
  readonly links: readonly AuthorizationLink[];
  readonly webhooks: readonly ReviewWebhook[];
}

/** What `--authorization-config` or the mode Webhook asks for. @throws FlagError */
export async function openAuthorization(values: ApiServerFlags, deps: Deps): Promise<OpenAuthorization> {
  const file = values.authorizationConfig;
  const text = file === undefined ? undefined : await readConfiguration(file);
  const configured = text === undefined ? byFlags(values) : parsed(text);
  let current = await open(configured, deps).catch((error: Error) => {
    throw new FlagError(error.message);
  });
  const stays = builtInTypes(configured);

  /** The built-in authorizers of the file stay, webhooks come and go. */
  const replace = async (content: string): Promise<void> => {
    const next = parseAuthorizationConfiguration(content);
    const missing = stays.filter((type) => !builtInTypes(next).includes(type));
    if (missing.length) throw new Error(`missing required types: [${missing.join(' ')}]`);
    const before = current;
    current = await open(next, deps);
    for (const webhook of before.webhooks) webhook.close();
  };
  const reloads = counter(deps.metrics, {
    name: 'apiserver_authorization_config_controller_automatic_reloads_total',
    help: 'Total number of automatic reloads of authorization configuration split by status.',
    labelNames: ['status'],
  });
  const take = async ([content]: readonly string[]): Promise<'taken'> => {
    let status = 'failure';
    try {
      await replace(content!);
      status = 'success';
    } finally {
      reloads.inc({ status });
    }
    return 'taken';
  };

  return {
    links: () => current.links,
    run: async (signal) => {
      if (file !== undefined) await followFiles({ files: [file], texts: [text!], take }, deps, signal);
      else if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      for (const webhook of current.webhooks) webhook.close();
    },
  };
}

async function readConfiguration(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new FlagError(`failed to load AuthorizationConfiguration from file: ${(error as Error).message}`);
  }
}

function parsed(text: string): readonly ConfiguredAuthorizer[] {
  try {
    return parseAuthorizationConfiguration(text);
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}

/** The chain that the older flags describe. */
function byFlags(values: ApiServerFlags): readonly ConfiguredAuthorizer[] {
  return values.authorizationMode.map((type) => {
    if (type !== 'Webhook') return { type, name: type.toLowerCase() };
    const webhook: ConfiguredAuthorizer['webhook'] = {
      kubeConfigFile: values.authorizationWebhookConfigFile!,
      version: values.authorizationWebhookVersion,
      timeoutMs: 30_000,
      authorizedTtlMs: values.authorizationWebhookCacheAuthorizedTtl,
      unauthorizedTtlMs: values.authorizationWebhookCacheUnauthorizedTtl,
      failurePolicy: 'NoOpinion',
      matchConditions: [],
    };
    return { type, name: 'default', webhook };
  });
}

function builtInTypes(configured: readonly ConfiguredAuthorizer[]): string[] {
  return configured.filter(({ webhook }) => !webhook).map(({ type }) => type);
}

async function open(configured: readonly ConfiguredAuthorizer[], deps: Deps): Promise<Opened> {
  const webhooks: ReviewWebhook[] = [];
  const links: AuthorizationLink[] = [];
  try {
    for (const { type, name, webhook } of configured) {
      if (!webhook) {
        links.push({ mode: type });
        continue;
      }
      const { kubeConfigFile, timeoutMs, matchConditions, ...rest } = webhook;
      const opened = await openReviewWebhook({ kubeConfigFile, timeoutMs }, deps);
      webhooks.push(opened);
      const matches = matchConditions.length ? createMatchConditions(matchConditions) : undefined;
      links.push({ webhook: createWebhookAuthorizer({ ...rest, name, matches }, opened, deps) });
    }
  } catch (error) {
    for (const webhook of webhooks) webhook.close();
    throw error;
  }
  return { links, webhooks };
}
