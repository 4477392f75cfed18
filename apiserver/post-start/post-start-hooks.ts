import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';
import type { HealthCheck } from '../../component/health.ts';
import type { ApiServerConfig } from '../config.ts';
import type { Storage } from '../storage/storage.ts';
import type { WatchCache } from '../storage/watch-cache.ts';
import { postStartHooks } from './index.ts';

export interface PostStartDeps extends Deps {
  readonly client: Client;
  readonly cache: WatchCache;
  readonly storage: Storage;
  readonly config: ApiServerConfig;
}

/** What a server does by itself once it can serve. */
export interface PostStartHook {
  readonly name: string;
  /** Makes things so, again and again if need be, until they are; `done` is told when they are for the first time. */
  run(deps: PostStartDeps, done: () => void, signal: AbortSignal): Promise<void>;
}

export interface PostStartHooks {
  readonly checks: readonly HealthCheck[];
  readonly done: Promise<void>;
  /** Resolves when all hooks have ended. */
  run(signal: AbortSignal): Promise<void>;
}

export function createPostStartHooks(
  deps: PostStartDeps,
  hooks: readonly PostStartHook[] = postStartHooks,
): PostStartHooks {
  const finished = new Set<string>();
  const done = Promise.withResolvers<void>();
  return {
    checks: hooks.map(({ name }) => ({
      name: `poststarthook/${name}`,
      check: () => {
        if (!finished.has(name)) throw new Error('not finished');
      },
    })),
    done: done.promise,
    run: async (signal) => {
      if (hooks.length === 0) done.resolve();
      await Promise.all(
        hooks.map(async (hook) => {
          const finish = (): void => {
            finished.add(hook.name);
            if (finished.size === hooks.length) done.resolve();
          };
          await hook.run(deps, finish, signal).catch((error: unknown) => {
            if (!signal.aborted) deps.log.error('post-start hook failed', { hook: hook.name, error });
          });
        }),
      );
    },
  };
}
