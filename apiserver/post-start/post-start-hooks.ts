import type { HealthCheck } from '../../component/health.ts';
import { postStartHooks } from './index.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

export interface PostStartHooks {
  readonly checks: readonly HealthCheck[];
  readonly done: Promise<void>;
  /** Resolves when all hooks have ended. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Hooks that are `isFirst` run up to their `done` one after the other, the rest side by side after them. One that fails
 * before it is done is logged and holds up no other, but its check goes on failing and `done` does not resolve.
 */
export function createPostStartHooks(
  deps: Omit<PostStartDeps, 'ready'>,
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
      const running: Promise<void>[] = [];
      /** Resolves when the hook has done its work for the first time, or has given up. */
      const start = (hook: PostStartHook): Promise<void> =>
        new Promise((resolve) => {
          const finish = (): void => {
            finished.add(hook.name);
            if (finished.size === hooks.length) done.resolve();
            resolve();
          };
          const run = hook.run({ ...deps, ready: done.promise }, finish, signal).catch((error: unknown) => {
            if (!signal.aborted) deps.log.error('post-start hook failed', { hook: hook.name, error });
          });
          running.push(run.finally(resolve));
        });
      for (const hook of hooks.filter(({ isFirst }) => isFirst)) await start(hook);
      for (const hook of hooks.filter(({ isFirst }) => !isFirst)) void start(hook);
      await Promise.all(running);
    },
  };
}
