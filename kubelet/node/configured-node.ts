import { hostname } from 'node:os';
import { addQuantities, formatQuantity } from '../../api/meta/quantity.ts';
import { FlagError } from '../../component/flags.ts';
import type { KubeletConfig } from '../config.ts';
import { parseThresholds, thresholdOf, type Thresholds } from '../eviction/thresholds.ts';
import { readFileSystem, readMachineInfo } from './machine-info.ts';
import { findNodeIp, parseTaint } from './node-facts.ts';
import { allocatableOf, type NodeFacts } from './node-object.ts';

/** The node as this machine and the flags make it. */
export interface ConfiguredNode {
  readonly facts: NodeFacts;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly thresholds: Thresholds;
}

/** The name a node goes by: the one given, else the host's, in lower case. */
export function nodeNameOf(config: Pick<KubeletConfig, 'hostnameOverride'>): string {
  return (config.hostnameOverride || hostname()).trim().toLowerCase();
}

/** Reads the machine and the flags that speak of the node. Throws FlagError for what cannot be meant. */
export async function configuredNode(config: KubeletConfig, rootDir: string): Promise<ConfiguredNode> {
  const thresholds = ofFlag('eviction-hard', () => parseThresholds(config.evictionHard));
  const [machine, disk] = await Promise.all([readMachineInfo(), readFileSystem(rootDir)]);
  const name = nodeNameOf(config);
  const { 'memory.available': memory, 'nodefs.available': storage } = thresholds;
  const facts: NodeFacts = {
    name,
    hostname: name,
    ips: config.nodeIp.length > 0 ? config.nodeIp : [await findNodeIp()],
    labels: config.nodeLabels,
    taints: config.registerWithTaints.map(parseTaint),
    unschedulable: !config.registerSchedulable,
    machine,
    ephemeralStorageBytes: disk.capacityBytes,
    maxPods: config.maxPods,
    port: config.port,
    runtimeVersion: '',
    reserved: ofFlag('system-reserved', () => sum(config.systemReserved, config.kubeReserved)),
    evictionReserved: {
      ...(memory ? { memory: thresholdOf(memory, machine.memoryBytes) } : {}),
      ...(storage ? { 'ephemeral-storage': thresholdOf(storage, disk.capacityBytes) } : {}),
    },
    providerId: config.providerId,
  };
  return { facts, allocatable: allocatableOf(facts), thresholds };
}

function sum(...lists: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const total: Record<string, string> = {};
  for (const [name, quantity] of lists.flatMap((list) => Object.entries(list))) {
    total[name] = formatQuantity(addQuantities(total[name] ?? '0', quantity));
  }
  return total;
}

function ofFlag<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new FlagError(`--${name}: ${(error as Error).message}`);
  }
}
