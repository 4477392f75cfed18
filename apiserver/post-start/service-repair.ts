import { createServiceRepair } from '../service-allocation/service-repair.ts';
import type { PostStartHook } from './post-start-hook.ts';

/** Upstream's: three minutes. */
const intervalMs = 180_000;

/** Compares what services use with what is allocated, now and then, and mends it. */
export const serviceRepair: PostStartHook = {
  name: 'start-service-ip-repair-controllers',
  run: async (deps, done, signal) => {
    const { client, reader: cache, storage, config, clock, log } = deps;
    const repair = createServiceRepair({ portRange: config.serviceNodePortRange, client, cache, storage }, deps);
    while (!signal.aborted) {
      await repair.run().catch((error: unknown) => {
        if (!signal.aborted) log.warn('allocations of services were not checked', { error });
      });
      done();
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  },
};
