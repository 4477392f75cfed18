import { namespaces } from '../../api/resources/core/namespace.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';

const names = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const recheckMs = 60_000;
const retryMs = 1000;

/** The namespaces that are always there; one that somebody deletes comes back. */
export const systemNamespaces: PostStartHook = {
  name: 'start-system-namespaces-controller',
  isFirst: true,
  run: async ({ client, cache, clock, log }, done, signal) => {
    while (!signal.aborted) {
      let waitMs = recheckMs;
      try {
        const wanted = names.map((name) => ({ metadata: { name } }));
        await createMissing({ client, cache }, namespaces, wanted, { signal });
        done();
      } catch (error) {
        if (signal.aborted) return;
        log.warn('system namespaces are not there yet', { error });
        waitMs = retryMs;
      }
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  },
};
