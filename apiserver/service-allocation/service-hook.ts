import { invalid } from '../../api/meta/errors.ts';
import { invalidValue } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { services } from '../../api/resources/core/service.ts';
import { needsClusterIP, needsHealthCheckNodePort, needsNodePort } from '../../api/resources/core/service-strategy.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { Reservation, StorageHook } from '../rest/storage-hooks.ts';
import { AllocationError, allocationFailed, type ClusterIPAllocator } from './cluster-ip-allocator.ts';
import { fillIPFamilies, headless } from './ip-families.ts';
import type { IPFamily } from './ip-range.ts';
import { PortError, type NodePortAllocator } from './node-port-allocator.ts';

export interface ServiceAllocators {
  readonly clusterIPs: ClusterIPAllocator;
  readonly nodePorts: NodePortAllocator;
}

interface Held {
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
}

const nothing: Held = { addresses: [], ports: [] };

/** Gives services their addresses and node ports while they are written, and takes them back when they go. */
export function createServiceHook({ clusterIPs, nodePorts }: ServiceAllocators, { log }: Deps): StorageHook {
  const release = async ({ addresses, ports }: Held): Promise<void> => {
    try {
      for (const address of addresses) await clusterIPs.release(address);
      await nodePorts.release(ports);
    } catch (error) {
      // The write itself stands; what is left over is found by whoever repairs ranges.
      log.error('addresses of a service were not given back', { addresses, ports, error });
    }
  };

  const reserve = async (next: Service, old: Service | undefined, dryRun: boolean): Promise<Reservation> => {
    const held = old ? heldBy(old) : nothing;
    const errors = fillIPFamilies((next.spec ??= {}), clusterIPs.families, old?.spec);
    if (errors.length) throw invalid(services, next.metadata.name ?? '', errors);
    const addresses = await reserveAddresses(clusterIPs, next, held, dryRun);
    const newAddresses = dryRun ? [] : addresses;
    try {
      const ports = await reservePorts(nodePorts, next, { held, isUpdate: old !== undefined }, dryRun);
      const now = heldBy(next);
      return {
        undo: () => release({ addresses: newAddresses, ports }),
        finish: async () => {
          if (dryRun) return;
          await release({
            addresses: held.addresses.filter((address) => !now.addresses.includes(address)),
            ports: held.ports.filter((port) => !now.ports.includes(port)),
          });
        },
      };
    } catch (error) {
      await release({ addresses: newAddresses, ports: [] });
      throw error;
    }
  };

  return {
    beforeCreate: (object, { dryRun }) => reserve(object as unknown as Service, undefined, dryRun),
    beforeUpdate: (next, old, { dryRun }) => reserve(asService(next), asService(old), dryRun),
    afterDelete: (object) => release(heldBy(asService(object))),
  };
}

function asService(object: AnyObject): Service {
  return object as unknown as Service;
}

function heldBy({ spec = {} }: Service): Held {
  const ports = new Set((spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []));
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return {
    addresses: needsClusterIP(spec) ? (spec.clusterIPs ?? []).filter((address) => address && address !== headless) : [],
    ports: [...ports],
  };
}

/** Fills in `clusterIPs`; answers the addresses that are new to the service. */
async function reserveAddresses(
  allocator: ClusterIPAllocator,
  service: Service,
  held: Held,
  dryRun: boolean,
): Promise<string[]> {
  const spec = service.spec!;
  if (!needsClusterIP(spec) || spec.clusterIPs?.[0] === headless) return [];
  const owner = { namespace: service.metadata.namespace!, name: service.metadata.name! };
  const taken: string[] = [];
  const addresses: string[] = [];
  try {
    for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
      const wanted = spec.clusterIPs?.[index];
      if (wanted && held.addresses.includes(wanted)) {
        addresses.push(wanted);
        continue;
      }
      const address = await allocateAddress(allocator, service, wanted ?? (family as IPFamily), owner, dryRun);
      taken.push(address);
      addresses.push(address);
    }
  } catch (error) {
    if (!dryRun) for (const address of taken) await allocator.release(address);
    throw error;
  }
  spec.clusterIPs = addresses;
  spec.clusterIP = addresses[0];
  return taken;
}

async function allocateAddress(
  allocator: ClusterIPAllocator,
  { metadata, spec }: Service,
  wanted: string | IPFamily,
  owner: Parameters<ClusterIPAllocator['allocate']>[1],
  dryRun: boolean,
): Promise<string> {
  try {
    return await allocator.allocate(wanted, owner, dryRun);
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    if (wanted === 'IPv4' || wanted === 'IPv6') throw allocationFailed('failed to allocate a serviceIP', error);
    throw invalid(services, metadata.name!, [
      invalidValue('spec.clusterIPs', spec!.clusterIPs, `failed to allocate IP ${wanted}: ${error.message}`),
    ]);
  }
}

/** What the service was before the write. */
interface Before {
  readonly held: Held;
  readonly isUpdate: boolean;
}

/** Fills in `nodePort`s and the health check's; answers the ports that are new to the service. */
async function reservePorts(
  allocator: NodePortAllocator,
  service: Service,
  before: Before,
  dryRun: boolean,
): Promise<number[]> {
  const spec = service.spec!;
  const plan = needsNodePort(spec) || isExposed(spec) ? planPorts(spec, before) : [];
  const taken: number[] = [];
  try {
    const wanted = plan.map((each) => each.wanted);
    const ports = dryRun ? await allocator.pretend(wanted, []) : await allocator.allocate(wanted);
    taken.push(...ports);
    plan.forEach(({ users }, index) => {
      for (const user of users) user.nodePort = ports[index];
    });
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const index = plan[error.position]?.index ?? 0;
    if (error.port === undefined) throw allocationFailed('failed to allocate a nodePort', error);
    throw invalid(services, service.metadata.name!, [
      invalidValue(`spec.ports[${index}].nodePort`, error.port, error.message),
    ]);
  }
  try {
    taken.push(...(await reserveHealthCheckPort(allocator, spec, before.held, dryRun ? taken : undefined)));
  } catch (error) {
    if (!dryRun) await allocator.release(taken);
    throw error;
  }
  return dryRun ? [] : taken;
}

/** A load balancer that needs no node ports may still ask for some. */
function isExposed(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' || spec.type === 'NodePort';
}

interface PlannedPort {
  readonly wanted: number | undefined;
  /** Of the first port that uses it, for the message. */
  readonly index: number;
  readonly users: ServicePort[];
}

/**
 * Ports of a new service that differ only in protocol share a node port, unless they ask for different ones; those that an
 * update adds share one only where they ask for it.
 */
function planPorts(spec: ServiceSpec, { held, isUpdate }: Before): PlannedPort[] {
  const plan: PlannedPort[] = [];
  const ports = spec.ports ?? [];
  const canChoose = needsNodePort(spec);
  ports.forEach((port, index) => {
    if (port.nodePort) {
      if (held.ports.includes(port.nodePort)) return;
      const isShared = plan.some(
        ({ wanted, users }) => wanted === port.nodePort && users.every(({ protocol }) => protocol !== port.protocol),
      );
      if (!isShared) plan.push({ wanted: port.nodePort, index, users: [port] });
      return;
    }
    if (!canChoose) return;
    if (isUpdate) {
      plan.push({ wanted: undefined, index, users: [port] });
      return;
    }
    const twin = ports.find((other) => other !== port && other.port === port.port && other.nodePort);
    const planned = plan.find(({ wanted, users }) => wanted === undefined && users[0]!.port === port.port);
    if (twin) port.nodePort = twin.nodePort;
    else if (planned) planned.users.push(port);
    else plan.push({ wanted: undefined, index, users: [port] });
  });
  return plan;
}

/** `pretended` is what a dry run has for the service's other ports; undefined where it is none. */
async function reserveHealthCheckPort(
  allocator: NodePortAllocator,
  spec: ServiceSpec,
  held: Held,
  pretended: readonly number[] | undefined,
): Promise<number[]> {
  if (!needsHealthCheckNodePort(spec)) return [];
  const wanted = spec.healthCheckNodePort || undefined;
  if (wanted !== undefined && held.ports.includes(wanted)) return [];
  try {
    const [port] = await (pretended ? allocator.pretend([wanted], pretended) : allocator.allocate([wanted]));
    spec.healthCheckNodePort = port;
    return [port!];
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    throw allocationFailed(
      wanted === undefined
        ? 'failed to allocate a HealthCheck NodePort'
        : `failed to allocate requested HealthCheck NodePort ${wanted}`,
      error,
    );
  }
}
