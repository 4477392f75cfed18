import { createBackoff } from '../component/backoff.ts';
import type { Deps } from '../component/deps.ts';
import { defineFlags, FlagError, type FlagValues } from '../component/flags.ts';
import type { Client } from './client.ts';
import { createHttpsTransport, type HttpsTransport } from './https-transport.ts';
import { connectionOf, inClusterConnection, loadKubeconfig, type Connection } from './kubeconfig.ts';
import { createClient, userAgentOf } from './rest-client.ts';
import { whileAway } from './retry.ts';

/** The flags of every component that talks to an API server; `qps` and `burst` are that component's defaults. */
export function clientFlags(defaults: { readonly qps: number; readonly burst: number }) {
  return defineFlags({
    kubeconfig: {
      kind: 'string',
      default: '',
      description: 'Path to kubeconfig file with authorization and API server location information.',
    },
    master: {
      kind: 'string',
      default: '',
      description: 'The address of the Kubernetes API server (overrides any value in kubeconfig).',
    },
    'kube-api-qps': {
      kind: 'float',
      default: defaults.qps,
      description: 'QPS to use while talking with kubernetes API server; 0 or less is without limit.',
    },
    'kube-api-burst': {
      kind: 'int',
      default: defaults.burst,
      description: 'Burst to use while talking with kubernetes API server.',
    },
    'kube-api-content-type': {
      kind: 'string',
      default: 'application/json',
      hidden: true,
      description: 'Accepted for the sake of existing command lines; requests are JSON.',
    },
  });
}

export type ClientConfig = FlagValues<ReturnType<typeof clientFlags>>;

export interface Connected {
  readonly client: Client;
  readonly transport: HttpsTransport;
  readonly connection: Connection;
  /** Another client of the same connections, with its own name and without the rate limit (leases, events). */
  unlimited(purpose: string): Client;
}

/**
 * The client that the flags describe: a kubeconfig, an address, or what is mounted into the pod. Asks nobody yet.
 * FlagError where it cannot be made.
 */
export async function connect(
  config: Pick<ClientConfig, 'kubeconfig' | 'master'> & Partial<ClientConfig>,
  component: string,
  deps: Deps,
): Promise<Connected> {
  const connection = await findConnection(config, deps);
  const transport = createHttpsTransport({ ...connection, deps });
  const limit =
    config.kubeApiQps !== undefined && config.kubeApiQps > 0
      ? { qps: config.kubeApiQps, burst: Math.max(1, config.kubeApiBurst ?? 1) }
      : undefined;
  return {
    client: createClient({ transport, userAgent: userAgentOf(component), deps, rateLimit: limit }),
    transport,
    connection,
    unlimited: (purpose) => createClient({ transport, userAgent: `${userAgentOf(component)}/${purpose}`, deps }),
  };
}

async function findConnection(config: Pick<ClientConfig, 'kubeconfig' | 'master'>, deps: Deps): Promise<Connection> {
  try {
    if (config.kubeconfig || config.master) {
      const kubeconfig = config.kubeconfig
        ? await loadKubeconfig({ path: config.kubeconfig })
        : { clusters: new Map(), users: new Map(), contexts: new Map(), currentContext: '' };
      return await connectionOf(kubeconfig, { server: config.master || undefined }, deps);
    }
    const inCluster = await inClusterConnection(deps);
    if (inCluster) return inCluster;
  } catch (cause) {
    throw new FlagError(cause instanceof Error ? cause.message : String(cause));
  }
  throw new FlagError('no API server is configured: give --kubeconfig or --master');
}

/** Waiting is told of once it has lasted this long, and then so often, in ms. */
const logAfterMs = 500;
const logEveryMs = 30_000;

/**
 * Resolves once the API server answers that it is ready, or that it does not know us (which a wait does not mend); asks
 * for ever, and says so now and then. Rejects only with the signal's reason.
 */
export async function waitForApiServer(
  { client, transport }: Pick<Connected, 'client' | 'transport'>,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = deps;
  const pause = createBackoff(whileAway, deps);
  // A start beside the API server waits a moment as a matter of course: that is no line of the log.
  let nextLogMs = clock.monotonicMs() + logAfterMs;
  for (;;) {
    let reason: string;
    try {
      const response = await client.raw({ method: 'GET', path: '/readyz', signal });
      const text = await response.text();
      if (response.status < 300 || response.status === 401 || response.status === 403) return;
      reason = `the server answered ${response.status}: ${text.split('\n').find((line) => line.startsWith('[-]')) ?? ''}`;
    } catch (error) {
      signal.throwIfAborted();
      reason = error instanceof Error ? error.message : String(error);
    }
    if (clock.monotonicMs() >= nextLogMs) {
      log.info('waiting for the API server', { server: transport.url, reason });
      nextLogMs = clock.monotonicMs() + logEveryMs;
    }
    await pause.wait(signal);
  }
}
