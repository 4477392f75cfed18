import type { DeepReadonly } from '../../api/meta/object.ts';
import { needsClusterIP } from '../../api/resources/core/service-strategy.ts';
import type { Service } from '../../api/schema/generated/core-v1.ts';
import type { IPAddress } from '../../api/schema/generated/networking-v1.ts';
import type { EventToRecord } from '../../client/event-recorder.ts';
import { managerOfAddresses, type ServiceName } from './cluster-ip-allocator.ts';
import { headless } from './ip-families.ts';
import { familyOf } from './ip-range.ts';

/** What is to be told of an object whose allocations were not as they should be. */
export interface RepairNote {
  readonly about: DeepReadonly<Service> | DeepReadonly<IPAddress>;
  readonly event: EventToRecord;
}

export interface AddressRepair {
  /** Addresses that services use and nobody holds for them. */
  readonly create: readonly { readonly address: string; readonly owner: ServiceName }[];
  /** Held for a service that does not use them. */
  readonly remove: readonly DeepReadonly<IPAddress>[];
  readonly notes: readonly RepairNote[];
}

/** As long as a request may take: an address this old whose service is not there was left over. */
const graceMs = 60_000;

/**
 * How to bring the IPAddress objects to what services use. An address is taken before its service is written, so young
 * ones are left alone. Of two services with one address the holder keeps it, and the other is told.
 */
export function planAddressRepair(state: {
  readonly services: readonly DeepReadonly<Service>[];
  readonly addresses: readonly DeepReadonly<IPAddress>[];
  readonly nowMs: number;
}): AddressRepair {
  const create: { address: string; owner: ServiceName }[] = [];
  const remove: DeepReadonly<IPAddress>[] = [];
  const notes: RepairNote[] = [];
  const held = new Map(state.addresses.map((address) => [address.metadata.name!, address]));
  const users = new Map<string, DeepReadonly<Service>[]>();
  for (const service of state.services)
    for (const address of addressesOf(service)) users.set(address, [...(users.get(address) ?? []), service]);

  for (const [address, all] of users) {
    const holder = held.get(address);
    const owner = all.find((service) => holder && isParent(holder, service)) ?? all[0]!;
    const where = `Cluster IP [${familyOf(address)}]`;
    if (!holder || !isParent(holder, owner)) {
      // One that is held for another service goes first; the next round takes it for this one.
      if (holder) remove.push(holder);
      else create.push({ address, owner: { namespace: owner.metadata.namespace!, name: owner.metadata.name! } });
      notes.push(note(owner, 'ClusterIPNotAllocated', `${where}: ${address} is not allocated; repairing`));
    }
    for (const other of all)
      if (other !== owner)
        notes.push(
          note(
            other,
            'ClusterIPAlreadyAllocated',
            `${where}: ${address} was assigned to multiple services; please recreate service`,
          ),
        );
  }
  for (const address of state.addresses) {
    const name = address.metadata.name!;
    if (!isOurs(address) || users.has(name)) continue;
    if (state.nowMs - Date.parse(address.metadata.creationTimestamp ?? '') <= graceMs) continue;
    const { namespace = '', name: service = '' } = address.spec?.parentRef ?? {};
    remove.push(address);
    const text = `IPAddress: ${name} for Service ${namespace}/${service} appears to have leaked: cleaning up`;
    notes.push(note(address, 'IPAddressNotAllocated', text));
  }
  return { create, remove, notes };
}

export interface PortRepair {
  /** Ports that services use and the record lacks. */
  readonly add: readonly number[];
  /** Ports of the record that no service uses. One of a service that is being written is among them too. */
  readonly unused: readonly number[];
  readonly notes: readonly RepairNote[];
}

/** How to bring the record of node ports to what services use. */
export function planPortRepair(state: {
  readonly services: readonly DeepReadonly<Service>[];
  readonly taken: ReadonlySet<number>;
  readonly isInRange: (port: number) => boolean;
}): PortRepair {
  const add: number[] = [];
  const notes: RepairNote[] = [];
  const used = new Set<number>();
  for (const service of state.services) {
    for (const port of new Set(portsOf(service))) {
      if (!state.isInRange(port)) {
        const text = `Port ${port} is not within the port range; please recreate service`;
        notes.push(note(service, 'PortOutOfRange', text));
        continue;
      }
      if (used.has(port)) {
        const text = `Port ${port} was assigned to multiple services; please recreate service`;
        notes.push(note(service, 'PortAlreadyAllocated', text));
        continue;
      }
      used.add(port);
      if (state.taken.has(port)) continue;
      add.push(port);
      notes.push(note(service, 'PortNotAllocated', `Port ${port} is not allocated; repairing`));
    }
  }
  return { add, unused: [...state.taken].filter((port) => !used.has(port)), notes };
}

function note(about: RepairNote['about'], reason: string, message: string): RepairNote {
  return { about, event: { type: 'Warning', reason, message } };
}

function addressesOf({ spec = {} }: DeepReadonly<Service>): string[] {
  if (!needsClusterIP(spec)) return [];
  return (spec.clusterIPs ?? []).filter((address) => address && address !== headless);
}

function portsOf({ spec = {} }: DeepReadonly<Service>): number[] {
  const ports = (spec.ports ?? []).flatMap(({ nodePort }) => nodePort || []);
  return spec.healthCheckNodePort ? [...ports, spec.healthCheckNodePort] : ports;
}

function isOurs({ metadata }: DeepReadonly<IPAddress>): boolean {
  return metadata.labels?.[managerOfAddresses.label] === managerOfAddresses.value;
}

function isParent({ spec }: DeepReadonly<IPAddress>, { metadata }: DeepReadonly<Service>): boolean {
  const { group = '', resource, namespace, name } = spec?.parentRef ?? {};
  return group === '' && resource === 'services' && namespace === metadata.namespace && name === metadata.name;
}
