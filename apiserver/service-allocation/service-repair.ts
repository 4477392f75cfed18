import { hasReason } from '../../api/meta/errors.ts';
import { services } from '../../api/resources/core/service.ts';
import { ipAddresses } from '../../api/resources/networking/ip-address.ts';
import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Deps } from '../../component/deps.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { Storage } from '../storage/storage.ts';
import { ipAddressOf } from './cluster-ip-allocator.ts';
import { createNodePortAllocator } from './node-port-allocator.ts';
import { planAddressRepair, planPortRepair, type RepairNote } from './plan-repair.ts';

/** Mends what a server that died between two writes left over: addresses and ports without a service, and the reverse. */
export interface ServiceRepair {
  /** One round; does nothing where all is as it should be. */
  run(): Promise<void>;
}

/** A port is given back in the round that finds it without a service for so many in a row: upstream's number. */
const roundsBeforeLeak = 3;

/**
 * Make one and keep it: it counts over its rounds for how long a port has had no service. Of IPAddresses it deletes
 * only those that are still as they were looked at; what it finds is logged and told by events.
 */
export function createServiceRepair(
  options: {
    readonly portRange: string;
    readonly client: Client;
    readonly cache: CacheReader;
    readonly storage: Storage;
  },
  deps: Deps,
): ServiceRepair {
  const { client, cache, storage } = options;
  const ports = createNodePortAllocator({ range: options.portRange, storage, deps });
  const recorder = createEventRecorder({ component: 'service-repair-controller' }, client, deps);
  /** In how many rounds a port was seen without a service. */
  let suspects = new Map<number, number>();

  const tell = (notes: readonly RepairNote[]): void => {
    for (const { about, event } of notes) {
      deps.log.warn(event.message, { reason: event.reason });
      recorder.event(about, event);
    }
  };

  const repairAddresses = async (): Promise<void> => {
    const state = { services: cache.list(services), addresses: cache.list(ipAddresses), nowMs: deps.clock.now() };
    const plan = planAddressRepair(state);
    tell(plan.notes);
    for (const { metadata } of plan.remove) {
      // Only the very object that was looked at: its name may have been taken by somebody else since.
      const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
      await client
        .delete(ipAddresses, { name: metadata.name! }, { preconditions })
        .catch(ignore('NotFound', 'Conflict'));
    }
    for (const { address, owner } of plan.create)
      await client.create(ipAddresses, ipAddressOf(address, owner)).catch(ignore('AlreadyExists'));
  };

  const repairPorts = async (): Promise<void> => {
    const taken = await ports.taken();
    const plan = planPortRepair({ services: cache.list(services), taken, isInRange: ports.isInRange });
    tell(plan.notes);
    suspects = new Map(plan.unused.map((port) => [port, (suspects.get(port) ?? 0) + 1]));
    const leaked = plan.unused.filter((port) => suspects.get(port)! >= roundsBeforeLeak);
    if (plan.add.length) await ports.take(plan.add);
    if (leaked.length === 0) return;
    deps.log.warn('node ports appear to have leaked: cleaning up', { ports: leaked });
    await ports.release(leaked);
  };

  return {
    run: async () => {
      await repairAddresses();
      await repairPorts();
      await recorder.flush();
    },
  };
}

function ignore(...reasons: Parameters<typeof hasReason>[1][]): (error: unknown) => void {
  return (error) => {
    if (!hasReason(error, ...reasons)) throw error;
  };
}
