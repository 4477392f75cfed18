import type { Deps } from '../../component/deps.ts';
import { answerCheck, answerHealth, ping, type HealthCheck } from '../../component/health.ts';
import { withTimeLimit } from '../../component/time-limit.ts';
import type { PostStartHooks } from '../post-start/post-start-hooks.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { orderHookChecks } from './health-checks.ts';
import type { HealthSlis } from './health-slis.ts';
import { bytesResponse, pageNotFound } from '../server/responses.ts';
import type { Storage } from '../storage/storage.ts';
import type { WatchCache } from '../storage/watch-cache.ts';

export interface Health {
  /** Undefined for other paths. */
  handle(request: ApiRequest): Promise<ApiResponse> | undefined;
  /** All paths it answers. */
  readonly paths: readonly string[];
  /** From now on not ready: whoever balances load looks elsewhere. */
  stop(): void;
}

const roots = ['healthz', 'livez', 'readyz'] as const;
/** etcd is asked no more often than this by health checks, however many there are. */
const etcdCheckMs = 1000;
const etcdTimeoutMs = 2000;

/** `/healthz`, `/livez` and `/readyz` with a path for each check. */
export function createHealth(options: {
  readonly deps: Deps;
  readonly cache: WatchCache;
  readonly storage: Storage;
  readonly hooks: PostStartHooks;
  /** Of parts that not every server has. */
  readonly more: readonly HealthCheck[];
  readonly slis: Pick<HealthSlis, 'observe'>;
}): Health {
  const { deps, cache, storage, hooks, more, slis } = options;
  let isStopping = false;
  const etcd: HealthCheck = { name: 'etcd', check: cachedCheck(deps, (signal) => storage.currentRevision(signal)) };
  const informers: HealthCheck = {
    name: 'informer-sync',
    check: () => {
      if (!cache.synced) throw new Error('the watch cache is not loaded');
    },
  };
  const shutdown: HealthCheck = {
    name: 'shutdown',
    check: () => {
      if (isStopping) throw new Error('process is shutting down');
    },
  };
  const log: HealthCheck = { name: 'log', check: () => {} };
  // The server's own requests do not pass a socket, so there is no certificate of theirs that could run out.
  const loopback: HealthCheck = { name: 'loopback-serving-certificate', check: () => {} };
  const hookChecks = orderHookChecks(hooks.checks, () => cache.synced);
  const live = [ping, log, loopback, etcd, ...more, ...hookChecks];
  const checks: Readonly<Record<(typeof roots)[number], readonly HealthCheck[]>> = {
    healthz: live,
    livez: live,
    readyz: [
      ping,
      log,
      etcd,
      { name: 'etcd-readiness', check: etcd.check },
      ...more,
      informers,
      ...hookChecks,
      shutdown,
    ],
  };
  return {
    paths: roots.flatMap((root) => [`/${root}`, ...checks[root].map(({ name }) => `/${root}/${name}`)]),
    handle: (request) => {
      const root = roots.find((name) => request.path === `/${name}` || request.path.startsWith(`/${name}/`));
      if (!root) return undefined;
      const one = request.path.slice(root.length + 2);
      if (one === '' && request.path.endsWith('/')) return Promise.resolve(pageNotFound());
      return answer({ root, one, checks: checks[root], request, deps, slis });
    },
    stop: () => {
      isStopping = true;
    },
  };
}

async function answer(options: {
  readonly root: string;
  /** The name of a check, or empty for all. */
  readonly one: string;
  readonly checks: readonly HealthCheck[];
  readonly request: ApiRequest;
  readonly deps: Deps;
  readonly slis: Pick<HealthSlis, 'observe'>;
}): Promise<ApiResponse> {
  const { root, one, checks, request, deps, slis } = options;
  const chosen = checks.find(({ name }) => name === one);
  if (one && !chosen) return pageNotFound();
  const report = chosen
    ? await answerCheck(chosen)
    : await answerHealth(root, observed(root, checks, slis), request.query);
  for (const { name, error } of report.failures)
    deps.log.debug('health check failed', { check: name, path: root, error });
  const response = bytesResponse(report.status, report.contentType, Buffer.from(report.text));
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}

/** The same checks, whose results are counted. */
function observed(
  root: string,
  checks: readonly HealthCheck[],
  slis: Pick<HealthSlis, 'observe'>,
): readonly HealthCheck[] {
  return checks.map(({ name, check }) => ({
    name,
    check: async () => {
      try {
        await check();
      } catch (error) {
        slis.observe(root, name, 'error');
        throw error;
      }
      slis.observe(root, name, 'success');
    },
  }));
}

/** Runs at most once an interval; whoever asks in between gets the last result. */
function cachedCheck({ clock }: Deps, run: (signal: AbortSignal) => Promise<unknown>): () => Promise<void> {
  let last: { readonly atMs: number; readonly result: Promise<unknown> } | undefined;
  return async () => {
    if (!last || clock.monotonicMs() - last.atMs > etcdCheckMs) {
      const reason = (): Error => new Error('etcd does not answer');
      const result = withTimeLimit({ clock, ms: etcdTimeoutMs, reason }, run);
      result.catch(() => {}); // told to who asks for it
      last = { atMs: clock.monotonicMs(), result };
    }
    await last.result;
  };
}
