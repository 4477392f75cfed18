import { readFile } from 'node:fs/promises';
import type { Deps } from '../../component/deps.ts';
import { FlagError } from '../../component/flags.ts';
import { counter } from '../../component/metrics.ts';
import { followFiles } from '../../component/follow-files.ts';
import type { ApiServerFlags } from '../config.ts';
import { openReviewWebhook, type ReviewWebhook } from '../webhooks/review-webhook.ts';
import type { AuthenticationOptions } from './index.ts';
import { createJwtAuthenticator, signingAlgorithms, type JwtAuthenticator } from './oidc/jwt-authenticator.ts';
import {
  parseAuthenticationConfiguration,
  refuse,
  refuseOtherAnonymous,
  type AuthenticationConfiguration,
} from './oidc/jwt-configuration.ts';
import { oidcFlagsConfiguration } from './oidc/oidc-flags.ts';
import { validateJwtAuthenticators } from './oidc/validate-jwt.ts';
import { createWebhookTokenAuthenticator } from './webhook-token-authenticator.ts';

/** Authentication by others: what is added to the options that flags alone make. */
export interface OpenAuthentication {
  readonly options: Pick<AuthenticationOptions, 'tokenWebhook' | 'jwt' | 'anonymous'>;
  /** Keeps up with issuers and files until the signal aborts, then lets go of connections. */
  run(signal: AbortSignal): Promise<void>;
}

type Audiences = Pick<AuthenticationOptions, 'apiAudiences'>;

/** Reads the files that flags name. Issuers are looked for only once it runs. @throws FlagError */
export async function openAuthentication(
  values: ApiServerFlags,
  audiences: Audiences,
  deps: Deps,
): Promise<OpenAuthentication> {
  const webhook = await openWebhook(values, deps);
  const jwt = await openJwt(values, audiences, deps);
  return {
    options: {
      ...(webhook
        ? {
            tokenWebhook: createWebhookTokenAuthenticator(
              {
                version: values.authenticationTokenWebhookVersion,
                cacheTtlMs: values.authenticationTokenWebhookCacheTtl,
                ...audiences,
              },
              webhook,
              deps,
            ),
          }
        : {}),
      ...jwt?.options,
    },
    run: async (signal) => {
      await jwt?.run(signal);
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      webhook?.close();
    },
  };
}

async function openWebhook(values: ApiServerFlags, deps: Deps): Promise<ReviewWebhook | undefined> {
  const kubeConfigFile = values.authenticationTokenWebhookConfigFile;
  if (!kubeConfigFile) return undefined;
  try {
    return await openReviewWebhook({ kubeConfigFile }, deps);
  } catch (error) {
    throw new FlagError(`--authentication-token-webhook-config-file: ${(error as Error).message}`);
  }
}

/** Issuers of one configuration, until another takes its place. */
interface Generation {
  readonly authenticator: JwtAuthenticator;
  readonly stop: AbortController;
}

/** Issuers of a changed file are waited for so long before they take the place of others. */
const patienceMs = 60_000;

async function openJwt(
  values: ApiServerFlags,
  audiences: Audiences,
  deps: Deps,
): Promise<Pick<OpenAuthentication, 'options' | 'run'> | undefined> {
  const file = values.authenticationConfig;
  if (!file && !values.oidcIssuerUrl) return undefined;
  const { log, clock } = deps;
  const create = async ({ jwt }: AuthenticationConfiguration): Promise<Generation> => {
    const algorithms = file ? signingAlgorithms : values.oidcSigningAlgs;
    const options = { authenticators: jwt, signingAlgorithms: algorithms, ...audiences };
    return { authenticator: await createJwtAuthenticator(options, deps), stop: new AbortController() };
  };
  const text = file ? await readConfiguration(file) : '';
  const first = orFlagError(() => (file ? parseFile(file, text, values) : byFlags(values)));
  if (first.anonymous && !values.anonymousAuth)
    throw new FlagError(
      'anonymous: Forbidden: --anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    );
  let current = await create(first);
  const running: Promise<void>[] = [];

  const start = ({ authenticator, stop }: Generation, signal: AbortSignal): void =>
    void running.push(authenticator.run(AbortSignal.any([signal, stop.signal])));
  const replace = async (content: string, signal: AbortSignal): Promise<'taken' | 'later'> => {
    const configuration = parseAuthenticationConfiguration(content, values.serviceAccountIssuer);
    refuseOtherAnonymous(first.anonymous, configuration.anonymous);
    const next = await create(configuration);
    start(next, signal);
    const waited = new AbortController();
    const patience = clock.sleep(patienceMs, AbortSignal.any([signal, waited.signal])).catch(() => {});
    await Promise.race([next.authenticator.found, patience]);
    waited.abort(new Error('nobody waits any longer'));
    if (!next.authenticator.isReady) {
      next.stop.abort(new Error('issuers cannot be found'));
      log.warn('issuers of the changed authentication configuration cannot be found, the old ones stay', { file });
      return 'later';
    }
    current.stop.abort(new Error('another configuration has taken its place'));
    current = next;
    return 'taken';
  };
  const reloads = counter(deps.metrics, {
    name: 'apiserver_authentication_config_controller_automatic_reloads_total',
    help: 'Total number of automatic reloads of authentication configuration split by status.',
    labelNames: ['status'],
  });
  const take =
    (signal: AbortSignal) =>
    async ([content]: readonly string[]): Promise<'taken' | 'later'> => {
      let status = 'failure';
      try {
        const answer = await replace(content!, signal);
        if (answer === 'taken') status = 'success';
        return answer;
      } finally {
        if (!signal.aborted) reloads.inc({ status });
      }
    };

  return {
    options: {
      jwt: {
        name: 'oidc',
        authenticateToken: (token, wanted) => current.authenticator.authenticateToken(token, wanted),
      },
      ...(first.anonymous ? { anonymous: first.anonymous } : {}),
    },
    run: async (signal) => {
      start(current, signal);
      if (file) await followFiles({ files: [file], texts: [text], take: take(signal) }, deps, signal);
      await Promise.all(running);
    },
  };
}

function byFlags(values: ApiServerFlags): AuthenticationConfiguration {
  const known: readonly string[] = signingAlgorithms;
  const unknown = values.oidcSigningAlgs.find((algorithm) => !known.includes(algorithm));
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  const jwt = [oidcFlagsConfiguration(values)];
  refuse(validateJwtAuthenticators(jwt, values.serviceAccountIssuer));
  return { jwt };
}

function parseFile(file: string, text: string, values: ApiServerFlags): AuthenticationConfiguration {
  try {
    return parseAuthenticationConfiguration(text, values.serviceAccountIssuer);
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('invalid authentication configuration')) throw error;
    throw new Error(`failed to load authentication configuration from file ${JSON.stringify(file)}: ${message}`, {
      cause: error,
    });
  }
}

async function readConfiguration(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new FlagError(
      `failed to load authentication configuration from file ${JSON.stringify(file)}: ${(error as Error).message}`,
    );
  }
}

function orFlagError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}
