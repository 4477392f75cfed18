import { BlockList } from 'node:net';
import type { Protocol, ServicePort } from '../../service-table.ts';
import type { BackendOptions } from '../proxy-backend.ts';
import type { Backends } from './port-proxy.ts';

/** A socket to be open, and what it forwards to. */
export interface Listener {
  /** Unique, and the same for the same socket in every plan. */
  readonly key: string;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly backends: Backends;
}

export interface ListenerPlan {
  /** Addresses the node must take for its own; those that it has anyhow are not among them. */
  readonly addresses: ReadonlySet<string>;
  readonly listeners: ReadonlyMap<string, Listener>;
}

/** The sockets and addresses that make a table reachable on a node with the addresses given. Pure. */
export function planListeners(
  table: readonly ServicePort[],
  nodeAddresses: readonly string[],
  options: Pick<BackendOptions, 'nodePortAddresses' | 'localhostNodePorts'>,
): ListenerPlan {
  const addresses = new Set<string>();
  const listeners = new Map<string, Listener>();
  const nodePortAddresses = addressesForNodePorts(nodeAddresses, options);
  for (const port of table) {
    const { protocol, affinitySeconds } = port;
    const listen = (address: string, number: number, backends: Backends): void => {
      const key = `${protocol} ${address} ${number}`;
      listeners.set(key, { key, protocol, address, port: number, backends });
    };
    const outside = { endpoints: port.externalEndpoints, affinitySeconds };
    // Each address for itself: an answer to a datagram must come from the address that was asked.
    if (port.nodePort > 0) for (const address of nodePortAddresses) listen(address, port.nodePort, outside);
    for (const address of port.externalIps) listen(address, port.port, outside);
    const mayConnect = sourceFilter(port.loadBalancerSourceRanges);
    for (const address of port.loadBalancerIps) listen(address, port.port, { ...outside, mayConnect });
    listen(port.clusterIp, port.port, { endpoints: port.clusterEndpoints, affinitySeconds });
    for (const address of [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps])
      if (!nodeAddresses.includes(address)) addresses.add(address);
  }
  return { addresses, listeners };
}

function addressesForNodePorts(
  nodeAddresses: readonly string[],
  options: Pick<BackendOptions, 'nodePortAddresses' | 'localhostNodePorts'>,
): readonly string[] {
  const asked = options.nodePortAddresses.length > 0 ? inRanges(options.nodePortAddresses) : () => true;
  return nodeAddresses.filter((ip) => asked(ip) && (options.localhostNodePorts || !ip.startsWith('127.')));
}

function sourceFilter(ranges: readonly string[]): Backends['mayConnect'] {
  return ranges.length > 0 ? inRanges(ranges) : undefined;
}

function inRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [net, bits] = range.split('/') as [string, string];
    list.addSubnet(net, Number(bits), net.includes(':') ? 'ipv6' : 'ipv4');
  }
  return (address) => list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
