import { ApiError, hasReason } from '../../api/meta/errors.ts';
import { ipAddresses } from '../../api/resources/networking/ip-address.ts';
import { serviceCIDRs } from '../../api/resources/networking/service-cidr.ts';
import type { IPAddress } from '../../api/schema/generated/networking-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { familyOf, parseRange, type IPFamily, type IPRange } from './ip-range.ts';

/** Why an address cannot be had; the message is upstream's. */
export class AllocationError extends Error {}

/**
 * Addresses of services. An address is taken by the IPAddress object named after it: the store lets only one server create
 * it, so any number of servers may allocate at once.
 */
export interface ClusterIPAllocator {
  /** Families that services can have, the default one first. */
  readonly families: readonly IPFamily[];
  /** Takes an address, or any free one of the family. @throws AllocationError */
  allocate(wanted: string | IPFamily, owner: ServiceName, dryRun: boolean): Promise<string>;
  release(address: string): Promise<void>;
}

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

export interface ClusterIPAllocatorOptions {
  /** `--service-cluster-ip-range`: one range, or one of each family. */
  readonly ranges: string;
  readonly client: Client;
  readonly cache: CacheReader;
  readonly deps: Deps;
}

/** Free addresses looked for at random before the range is walked through. */
const randomAttempts = 32;
/** The lower part of a range is left to those who ask for an address, as long as the rest has some. */
const minReserved = 16n;
const maxReserved = 256n;

/** @throws Error with one line where a range is none */
export function createClusterIPAllocator(options: ClusterIPAllocatorOptions): ClusterIPAllocator {
  const { client, cache, deps } = options;
  const configured = options.ranges.split(',').map((cidr) => {
    const range = parseRange(cidr.trim());
    if (!range || range.size === 0n)
      throw new Error(`--service-cluster-ip-range: ${JSON.stringify(cidr)} is no range of IP addresses`);
    return range;
  });
  const families = [...new Set(configured.map(({ family }) => family))];

  /** What ServiceCIDR objects say; until the first of them is there, what the flag says. */
  const rangesOf = (family: IPFamily): IPRange[] => {
    const declared = cache
      .list(serviceCIDRs)
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .flatMap(({ spec }) => spec?.cidrs ?? [])
      .flatMap((cidr) => parseRange(cidr) ?? []);
    const all = declared.length ? declared : configured;
    return all.filter((range) => range.family === family);
  };

  const isTaken = (address: string): boolean => cache.get(ipAddresses, { name: address }) !== undefined;

  /** False where somebody has it. */
  const take = async (address: string, owner: ServiceName): Promise<boolean> => {
    try {
      await client.create(ipAddresses, ipAddressOf(address, owner));
      return true;
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return false;
      throw error;
    }
  };

  const allocateFree = async (family: IPFamily, owner: ServiceName, dryRun: boolean): Promise<string> => {
    for (const range of rangesOf(family)) {
      // Upstream's sign that a dry run takes none: the address of the network itself.
      if (dryRun) return range.at(-1n);
      for (const address of candidates(range, deps))
        if (!isTaken(address) && (await take(address, owner))) return address;
    }
    throw new AllocationError('range is full');
  };

  const allocateWanted = async (address: string, owner: ServiceName, dryRun: boolean): Promise<string> => {
    const ranges = rangesOf(familyOf(address));
    if (!ranges.some((range) => range.contains(address)))
      throw new AllocationError(
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${ranges.map(({ cidr }) => cidr).join(', ')}`,
      );
    // Upstream's dry run does not look whether somebody has it.
    if (!dryRun && !(await take(address, owner))) throw new AllocationError('provided IP is already allocated');
    return address;
  };

  return {
    families,
    allocate: (wanted, owner, dryRun) =>
      wanted === 'IPv4' || wanted === 'IPv6'
        ? allocateFree(wanted, owner, dryRun)
        : allocateWanted(wanted, owner, dryRun),
    release: async (address) => {
      try {
        await client.delete(ipAddresses, { name: address });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    },
  };
}

/** Random addresses of the upper part first; then all of them, once, from a random one on; last the reserved part. */
function* candidates(range: IPRange, { random }: Pick<Deps, 'random'>): Generator<string> {
  const reserved = reservedOf(range.size);
  const open = range.size - reserved;
  const randomOffset = (): bigint =>
    reserved + (open <= 0n ? 0n : BigInt(Math.floor(random.next() * Number(open))) % open);
  if (open > 0n) {
    for (let attempt = 0; attempt < randomAttempts; attempt++) yield range.at(randomOffset());
    const start = randomOffset() - reserved;
    for (let step = 0n; step < open; step++) yield range.at(reserved + ((start + step) % open));
  }
  for (let offset = 0n; offset < reserved; offset++) yield range.at(offset);
}

/** KEP-3070: between 16 and 256 addresses, a sixteenth of the range. */
function reservedOf(size: bigint): bigint {
  if (size <= minReserved) return 0n;
  const sixteenth = size / 16n;
  return sixteenth < minReserved ? minReserved : sixteenth > maxReserved ? maxReserved : sixteenth;
}

/** Marks the addresses that services hold among those of other owners. */
export const managerOfAddresses = {
  label: 'ipaddress.kubernetes.io/managed-by',
  value: 'ipallocator.k8s.io',
} as const;

/** The IPAddress object by which a service holds the address. */
export function ipAddressOf(address: string, { namespace, name }: ServiceName): IPAddress {
  return {
    metadata: {
      name: address,
      labels: {
        'ipaddress.kubernetes.io/ip-family': familyOf(address),
        [managerOfAddresses.label]: managerOfAddresses.value,
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
}

/** 500, as upstream answers where an address cannot be taken. */
export function allocationFailed(what: string, error: unknown): ApiError {
  const message = `${what}: ${(error as Error).message}`;
  return new ApiError('InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ message }] },
    cause: error,
  });
}
