import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ApiError, badRequest, notFound } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { endpoints as endpointsRow } from '../../api/resources/core/endpoints.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { services } from '../../api/resources/core/service.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Endpoints, Node, Pod, Service } from '../../api/schema/generated/core-v1.ts';
import { addressOf } from '../kubelets/kubelet-client.ts';

/** Where a proxied request goes: an address, or the kubelet of a node with the API server's own credentials. */
export type ProxyTarget =
  | { readonly kind: 'address'; readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number }
  | { readonly kind: 'kubelet'; readonly node: DeepReadonly<Node> };

export interface TargetName {
  /** Empty where the name says nothing. */
  readonly scheme: '' | 'http' | 'https';
  readonly name: string;
  /** A number or a name; empty where the name says nothing. */
  readonly port: string;
}

/** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. @throws ApiError BadRequest */
export function parseTargetName(text: string, kind: 'pod' | 'service' | 'node'): TargetName {
  const parts = text.split(':');
  const [scheme, name, port] = parts.length === 3 ? parts : ['', parts[0], parts[1] ?? ''];
  const isScheme = scheme === '' || scheme === 'http' || scheme === 'https';
  if (parts.length > 3 || !name || !isScheme) throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  return { scheme, name, port: port ?? '' };
}

/** Reads an object as of now; undefined where there is none. */
export type ReadObject = (row: ResourceRow, name: string) => DeepReadonly<unknown> | undefined;

/** The pod's address, and its first port where none is named. @throws ApiError NotFound, BadRequest */
export function podTarget({ scheme, name, port }: TargetName, read: ReadObject): ProxyTarget {
  const pod = read(pods as unknown as ResourceRow, name) as DeepReadonly<Pod> | undefined;
  if (!pod) throw notFound(pods, name);
  const declared = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const number = port === '' ? declared[0]?.containerPort : portNumber(port);
  const host = pod.status?.podIP ?? '';
  checkAddress(host);
  return { kind: 'address', scheme: scheme || 'http', host, port: number ?? (scheme === 'https' ? 443 : 80) };
}

/**
 * One of the service's endpoints; `chance` in [0, 1) chooses. @throws ApiError NotFound, ServiceUnavailable where nothing
 * serves the port
 */
export function serviceTarget({ scheme, name, port }: TargetName, read: ReadObject, chance: number): ProxyTarget {
  const service = read(services as unknown as ResourceRow, name) as DeepReadonly<Service> | undefined;
  if (!service) throw notFound(services, name);
  const declared = service.spec?.ports ?? [];
  const chosen =
    port === '' && declared.length === 1
      ? declared[0]
      : declared.find((one) => (one.name ?? '') === port || String(one.port) === port);
  if (!chosen && /^\d+$/.test(port))
    throw new ApiError('ServiceUnavailable', `no service port ${port} found for service ${JSON.stringify(name)}`);
  const portName = chosen ? (chosen.name ?? '') : port;
  const found = read(endpointsRow as unknown as ResourceRow, name) as DeepReadonly<Endpoints> | undefined;
  const ready = (found?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const number = ports.find((one) => (one.name ?? '') === portName)?.port;
    return number === undefined ? [] : addresses.map(({ ip }) => ({ host: ip, port: number }));
  });
  const address = ready[Math.floor(chance * ready.length)];
  if (!address) throw new ApiError('ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`);
  checkAddress(address.host);
  return { kind: 'address', scheme: scheme || 'http', ...address };
}

/** The node's kubelet, or another port of the node, whose host is still to be checked. @throws ApiError NotFound, BadRequest */
export function nodeTarget(
  { scheme, name, port }: TargetName,
  read: ReadObject,
  preferredAddressTypes: readonly string[],
): ProxyTarget {
  const node = read(nodes as unknown as ResourceRow, name) as DeepReadonly<Node> | undefined;
  if (!node) throw notFound(nodes, name);
  const kubelet = addressOf(node, preferredAddressTypes);
  if (port === '' || port === String(kubelet.port)) return { kind: 'kubelet', node };
  return { kind: 'address', scheme: scheme || 'http', host: kubelet.host, port: portNumber(port) };
}

function portNumber(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 65_535) throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return number;
}

/** Loopback, link-local, multicast, unspecified and broadcast; an IPv4 address within IPv6 is what it is. */
const local = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  local.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  local.addSubnet(network, prefix, 'ipv6');

/** Objects say where to go, and users write objects: the API server's own host is not for them. @throws ApiError BadRequest */
export function checkAddress(host: string): void {
  const version = isIP(host);
  // A zone names a link.
  if (version === 0 || host.includes('%') || local.check(host, version === 4 ? 'ipv4' : 'ipv6'))
    throw badRequest('address not allowed');
}

/** As `checkAddress`, of all that a name stands for. @throws ApiError BadRequest */
export async function checkHost(host: string): Promise<void> {
  if (isIP(host) !== 0) return checkAddress(host);
  const found = await lookup(host, { all: true }).catch((error: Error) => {
    throw badRequest(error.message);
  });
  for (const { address } of found) checkAddress(address);
}
