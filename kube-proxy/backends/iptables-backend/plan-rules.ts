import type { Endpoint, ServicePort } from '../../service-table.ts';
import type { BackendOptions } from '../proxy-backend.ts';
import { address, chainNames, type ChainNames } from './chain-names.ts';

export const tables = ['filter', 'nat'] as const;
export type TableName = (typeof tables)[number];

/** Per table the chains, each with its rules in the notation of iptables-save, without `-A CHAIN`. */
export type Ruleset = Readonly<Record<TableName, ReadonlyMap<string, readonly string[]>>>;

/** A rule in a chain that is not ours: the jump into one of ours, put at the front. */
export interface Jump {
  readonly table: TableName;
  readonly from: string;
  readonly rule: string;
}

/** How packets come to our chains. The built-in chains belong to everybody on the host, so nothing else is put there. */
export function planJumps(options: BackendOptions): Jump[] {
  const names = chainNames(options.chainPrefix);
  const portals = '-m comment --comment "kubernetes service portals"';
  const external = '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals"';
  const firewall = '-m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall"';
  return [
    { table: 'nat', from: 'PREROUTING', rule: `${portals} -j ${names.services}` },
    { table: 'nat', from: 'OUTPUT', rule: `${portals} -j ${names.services}` },
    {
      table: 'nat',
      from: 'POSTROUTING',
      rule: `-m comment --comment "kubernetes postrouting rules" -j ${names.postrouting}`,
    },
    { table: 'filter', from: 'INPUT', rule: `${external} -j ${names.externalServices}` },
    {
      table: 'filter',
      from: 'FORWARD',
      rule: `-m comment --comment "kubernetes forwarding rules" -j ${names.forward}`,
    },
    { table: 'filter', from: 'FORWARD', rule: `-m conntrack --ctstate NEW ${portals} -j ${names.services}` },
    { table: 'filter', from: 'OUTPUT', rule: `-m conntrack --ctstate NEW ${portals} -j ${names.services}` },
    { table: 'filter', from: 'FORWARD', rule: `${external} -j ${names.externalServices}` },
    ...['INPUT', 'FORWARD', 'OUTPUT'].map((from) => ({
      table: 'filter' as const,
      from,
      rule: `${firewall} -j ${names.proxyFirewall}`,
    })),
  ];
}

/**
 * The whole ruleset that makes a table of services hold, with upstream's structure: KUBE-SERVICES by address, a chain a
 * service port that chooses an endpoint at random, a chain an endpoint that rewrites the destination. Pure; the same input gives the same rules.
 */
export function planRules(ports: readonly ServicePort[], options: BackendOptions): Ruleset {
  const names = chainNames(options.chainPrefix);
  const nat = new Map<string, string[]>();
  const filter = new Map<string, string[]>();
  const mark = `0x${(2 ** options.masqueradeBit).toString(16)}`;
  const services: string[] = [];
  const nodePorts: string[] = [];
  const refused: string[] = [];
  const refusedOutside: string[] = [];
  const firewalled: string[] = [];
  for (const port of ports)
    planPort(port, { names, options, nat, services, nodePorts, refused, refusedOutside, firewalled });
  for (const destination of nodePortDestinations(options))
    services.push(
      `-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" ${destination} -j ${names.nodePorts}`,
    );
  nat.set(names.services, services);
  nat.set(names.nodePorts, nodePorts);
  nat.set(names.markMasq, [`-j MARK --set-xmark ${mark}/${mark}`]);
  nat.set(names.postrouting, [
    `-m mark ! --mark ${mark}/${mark} -j RETURN`,
    `-j MARK --set-xmark ${mark}/0x0`,
    '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ]);
  filter.set(names.services, refused);
  filter.set(names.externalServices, refusedOutside);
  filter.set(names.proxyFirewall, firewalled);
  filter.set(names.forward, [
    '-m conntrack --ctstate INVALID -j DROP',
    `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
    '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ]);
  return { nat, filter };
}

interface Plan {
  readonly names: ChainNames;
  readonly options: BackendOptions;
  readonly nat: Map<string, string[]>;
  readonly services: string[];
  readonly nodePorts: string[];
  readonly refused: string[];
  readonly refusedOutside: string[];
  readonly firewalled: string[];
}

function planPort(port: ServicePort, plan: Plan): void {
  const { names, options, nat } = plan;
  const protocol = port.protocol.toLowerCase();
  const comment = (text: string): string => `-m comment --comment "${port.name} ${text}"`;
  const to = (ip: string, number: number): string =>
    `-d ${ip}/${ip.includes(':') ? 128 : 32} -p ${protocol} -m ${protocol} --dport ${number}`;
  const atNodePort = `-p ${protocol} -m ${protocol} --dport ${port.nodePort}`;

  if (port.clusterEndpoints.length > 0) {
    const chain = port.staysInside ? names.local(port) : names.service(port);
    const rules: string[] = [];
    const cluster = to(port.clusterIp, port.port);
    if (options.masqueradeAll) rules.push(`${cluster} ${comment('cluster IP')} -j ${names.markMasq}`);
    else if (options.clusterCidr)
      rules.push(`! -s ${options.clusterCidr} ${cluster} ${comment('cluster IP')} -j ${names.markMasq}`);
    nat.set(chain, [...rules, ...chooseEndpoint(port, port.clusterEndpoints, plan)]);
    plan.services.push(`${cluster} ${comment('cluster IP')} -j ${chain}`);
  } else {
    plan.refused.push(refusal(to(port.clusterIp, port.port), port));
  }

  const outside = [...port.externalIps, ...port.loadBalancerIps];
  if (outside.length === 0 && port.nodePort === 0) return;
  if (port.externalEndpoints.length === 0) {
    for (const ip of outside) plan.refusedOutside.push(refusal(to(ip, port.port), port));
    if (port.nodePort > 0) plan.refusedOutside.push(refusal(`-m addrtype --dst-type LOCAL ${atNodePort}`, port));
  }
  if (port.allEndpoints.length === 0) return;
  const external = names.external(port);
  nat.set(external, planExternal(port, plan));
  for (const ip of port.externalIps)
    plan.services.push(`${to(ip, port.port)} ${comment('external IP')} -j ${external}`);
  const guarded = port.loadBalancerSourceRanges.length > 0;
  for (const ip of port.loadBalancerIps) {
    plan.services.push(
      `${to(ip, port.port)} ${comment('loadbalancer IP')} -j ${guarded ? names.firewallOf(port) : external}`,
    );
    if (guarded)
      plan.firewalled.push(
        `${to(ip, port.port)} ${comment('traffic not accepted by ' + names.firewallOf(port))} -j DROP`,
      );
  }
  if (guarded && port.loadBalancerIps.length > 0)
    nat.set(
      names.firewallOf(port),
      port.loadBalancerSourceRanges.map((range) => `-s ${range} ${comment('loadbalancer IP')} -j ${external}`),
    );
  if (port.nodePort > 0) plan.nodePorts.push(`${atNodePort} -m comment --comment "${port.name}" -j ${external}`);
}

/** What comes from outside: to any endpoint behind our own address, or with its source kept to those of this node. */
function planExternal(port: ServicePort, plan: Plan): string[] {
  const { names, options, nat } = plan;
  const toService = names.service(port);
  const toLocal = names.local(port);
  if (!nat.has(toService)) nat.set(toService, chooseEndpoint(port, port.allEndpoints, plan));
  if (!port.keepsSource)
    return [
      `-m comment --comment "masquerade traffic for ${port.name} external destinations" -j ${names.markMasq}`,
      `-j ${toService}`,
    ];
  const hasLocal = port.externalEndpoints.length > 0;
  if (hasLocal && !nat.has(toLocal)) nat.set(toLocal, chooseEndpoint(port, port.externalEndpoints, plan));
  const fromPods = `-s ${options.clusterCidr} -m comment --comment "pod traffic for ${port.name} external destinations"`;
  return [
    ...(options.clusterCidr ? [`${fromPods} -j ${toService}`] : []),
    `-m comment --comment "masquerade LOCAL traffic for ${port.name} external destinations" -m addrtype --src-type LOCAL -j ${names.markMasq}`,
    `-m comment --comment "route LOCAL traffic for ${port.name} external destinations" -m addrtype --src-type LOCAL -j ${toService}`,
    ...(hasLocal ? [`-j ${toLocal}`] : []),
  ];
}

/** Clients that were here before first (session affinity), then one of the rest, each as likely as the others. */
function chooseEndpoint(port: ServicePort, endpoints: readonly Endpoint[], { names, nat }: Plan): string[] {
  const rules: string[] = [];
  const jump = (endpoint: Endpoint): string => `-m comment --comment "${port.name} -> ${address(endpoint)}"`;
  for (const endpoint of endpoints) {
    const chain = names.endpoint(port, endpoint);
    nat.set(chain, planEndpoint(port, endpoint, chain, names));
    if (port.affinitySeconds > 0)
      rules.push(
        `${jump(endpoint)} -m recent --rcheck --seconds ${port.affinitySeconds} --reap --name ${chain} --rsource -j ${chain}`,
      );
  }
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}` : '';
    rules.push(`${jump(endpoint)}${chance} -j ${names.endpoint(port, endpoint)}`);
  });
  return rules;
}

function planEndpoint(port: ServicePort, endpoint: Endpoint, chain: string, names: ChainNames): string[] {
  const protocol = port.protocol.toLowerCase();
  const comment = `-m comment --comment "${port.name}"`;
  const affinity = port.affinitySeconds > 0 ? ` -m recent --set --name ${chain} --rsource` : '';
  return [
    // A pod that meets itself behind the address would answer itself directly, and the connection would not match.
    `-s ${endpoint.ip}/${endpoint.ip.includes(':') ? 128 : 32} ${comment} -j ${names.markMasq}`,
    `-p ${protocol} ${comment}${affinity} -m ${protocol} -j DNAT --to-destination ${address(endpoint)}`,
  ];
}

/** Nobody answers: refused where there is no endpoint at all, silent where only this node has none (others may). */
function refusal(match: string, port: ServicePort): string {
  const why = port.hasAnyEndpoint ? 'has no local endpoints' : 'has no endpoints';
  return `${match} -m comment --comment "${port.name} ${why}" -j ${port.hasAnyEndpoint ? 'DROP' : 'REJECT'}`;
}

function nodePortDestinations({ nodePortAddresses, localhostNodePorts }: BackendOptions): string[] {
  if (nodePortAddresses.length > 0) return nodePortAddresses.map((range) => `-d ${range} -m addrtype --dst-type LOCAL`);
  return [`${localhostNodePorts ? '' : '! -d 127.0.0.0/8 '}-m addrtype --dst-type LOCAL`];
}
