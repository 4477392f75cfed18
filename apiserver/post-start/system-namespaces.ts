import { hasReason } from '../../api/meta/errors.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import type { PostStartHook } from './post-start-hook.ts';

const names = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;
const recheckMs = 60_000;
const retryMs = 1000;

/** The namespaces that are always there; one that somebody deletes comes back. */
export const systemNamespaces: PostStartHook = {
  name: 'start-system-namespaces-controller',
  isFirst: true,
  run: async ({ client, clock, log }, done, signal) => {
    while (!signal.aborted) {
      let waitMs = recheckMs;
      try {
        const creations = names.map((name) =>
          client.create(namespaces, { metadata: { name } }, { signal }).catch((error: unknown) => {
            if (!hasReason(error, 'AlreadyExists')) throw error;
          }),
        );
        await Promise.all(creations);
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
