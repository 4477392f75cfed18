import type { SandboxSpec } from '../runtime/container-runtime.ts';
import type { ReadonlyPod } from '../pods/pod.ts';

export type DnsConfig = SandboxSpec['dns'];

export interface ClusterDns {
  readonly servers: readonly string[];
  readonly domain: string;
}

/** What a resolver takes, by the limits of upstream's validation. */
const maxServers = 3;
const maxSearches = 32;
const maxSearchChars = 2048;

/**
 * The resolver of a pod by its dnsPolicy and dnsConfig. `host` is the host's own. A pod that asks for cluster DNS where
 * none is configured gets the host's, and `problem` says so.
 */
export function dnsConfigOf(
  pod: ReadonlyPod,
  cluster: ClusterDns,
  host: DnsConfig,
): { readonly dns: DnsConfig; readonly problem?: string } {
  const { dnsPolicy = 'ClusterFirst', hostNetwork, dnsConfig } = pod.spec!;
  const wantsCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  let dns: DnsConfig = host;
  let problem: string | undefined;
  if (dnsPolicy === 'None') dns = { servers: [], searches: [], options: [] };
  else if (wantsCluster && cluster.servers.length > 0) {
    const { domain } = cluster;
    const own = domain ? [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain] : [];
    dns = { servers: cluster.servers, searches: [...own, ...host.searches], options: ['ndots:5'] };
  } else if (wantsCluster) {
    problem = `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${dnsPolicy}" policy. Falling back to "Default" policy.`;
  }
  if (dnsConfig) {
    dns = {
      servers: [...dns.servers, ...(dnsConfig.nameservers ?? [])],
      searches: [...dns.searches, ...(dnsConfig.searches ?? [])],
      options: mergeOptions(dns.options, dnsConfig.options ?? []),
    };
  }
  return { dns: limit(dns), problem };
}

/** Options by name; the pod's own win. */
function mergeOptions(
  base: readonly string[],
  own: readonly { readonly name?: string; readonly value?: string }[],
): string[] {
  const options = new Map(base.map((option): [string, string] => [option.split(':')[0]!, option]));
  for (const { name = '', value } of own) options.set(name, value === undefined ? name : `${name}:${value}`);
  return [...options.values()];
}

function limit(dns: DnsConfig): DnsConfig {
  const searches: string[] = [];
  for (const search of new Set(dns.searches)) {
    const chars = [...searches, search].join(' ').length;
    if (searches.length < maxSearches && chars <= maxSearchChars) searches.push(search);
  }
  return { ...dns, servers: [...new Set(dns.servers)].slice(0, maxServers), searches };
}

/** Reads a resolv.conf(5); of `search` and `domain` the last counts. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0]) servers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') searches = values.filter((value) => value !== '.');
    if (keyword === 'options') options.push(...values);
  }
  return { servers, searches, options };
}
