import { configMaps } from '../../api/resources/core/config-map.ts';
import { formatTime } from '../../api/meta/time.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

/** Since when the use of service-account tokens in secrets is noted: those not used since may be cleaned up. */
export const legacyTokenTracking: PostStartHook = {
  name: 'start-legacy-token-tracking-controller',
  run: (deps, done, signal) =>
    untilDone('legacy token tracking', deps, signal, async () => {
      const metadata = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' };
      const since = formatTime(deps.clock.now()).slice(0, 10);
      await createMissing(deps, configMaps, [{ metadata, data: { since } }], { signal });
      done();
    }),
};
