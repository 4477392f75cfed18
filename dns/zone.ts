import type { Answer } from 'dns-packet';
import type { DeepReadonly } from '../api/meta/object.ts';
import type { Service } from '../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../api/schema/generated/discovery-v1.ts';

/** What the zone is computed from: reads of the caches, nothing else. */
export interface ClusterView {
  service(namespace: string, name: string): DeepReadonly<Service> | undefined;
  /** The EndpointSlices of a service. */
  slices(namespace: string, service: string): readonly DeepReadonly<EndpointSlice>[];
  hasNamespace(namespace: string): boolean;
  /** The service with this cluster IP. */
  serviceByIp(address: string): DeepReadonly<Service> | undefined;
  /** EndpointSlices in which this address stands. */
  slicesByIp(address: string): readonly DeepReadonly<EndpointSlice>[];
}

export interface Question {
  /** Lower case, without a dot at the end. */
  readonly name: string;
  /** `A`, `AAAA`, `SRV`… */
  readonly type: string;
}

/** `notMine`: not of the cluster's domain, to be forwarded. `noSuchName` is NXDOMAIN; no answers with `found` is NODATA. */
export type ZoneAnswer =
  | { readonly kind: 'found'; readonly answers: readonly Answer[]; readonly additionals?: readonly Answer[] }
  | { readonly kind: 'noSuchName' }
  | { readonly kind: 'notMine' };

export interface ZoneOptions {
  /** `cluster.local` */
  readonly domain: string;
  readonly ttlSeconds: number;
}

const specificationVersion = '1.1.0';
const nothing: ZoneAnswer = { kind: 'found', answers: [] };
const noSuchName: ZoneAnswer = { kind: 'noSuchName' };
const notMine: ZoneAnswer = { kind: 'notMine' };

type Target = { readonly name: string; readonly address: string; readonly ports: readonly Port[] };
type Port = { readonly name: string; readonly protocol: string; readonly port: number };

/**
 * Answers one question as the Kubernetes DNS specification 1.1.0 says: services, headless services with their endpoints,
 * SRV of named ports, external names, pods by dashed address, and the reverse of all addresses. Pure.
 */
export function resolveInZone(question: Question, view: ClusterView, options: ZoneOptions): ZoneAnswer {
  const { name } = question;
  const { domain } = options;
  if (name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa')) return resolveReverse(question, view, options);
  if (name === domain) return nothing;
  if (!name.endsWith(`.${domain}`)) return notMine;
  const labels = name.slice(0, -domain.length - 1).split('.');
  const kind = labels.at(-1)!;
  if (labels.length === 1) {
    if (kind === 'dns-version') {
      return question.type === 'TXT'
        ? { kind: 'found', answers: [{ name, type: 'TXT', ttl: options.ttlSeconds, data: specificationVersion }] }
        : nothing;
    }
    return kind === 'svc' || kind === 'pod' ? nothing : noSuchName;
  }
  const namespace = labels.at(-2)!;
  if (!view.hasNamespace(namespace)) return noSuchName;
  if (labels.length === 2) return kind === 'svc' || kind === 'pod' ? nothing : noSuchName;
  if (kind === 'pod') return labels.length === 3 ? resolvePod(question, labels[0]!, options) : noSuchName;
  if (kind !== 'svc') return noSuchName;
  return resolveService(question, { namespace, labels: labels.slice(0, -2) }, view, options);
}

function resolveService(
  question: Question,
  { namespace, labels }: { namespace: string; labels: readonly string[] },
  view: ClusterView,
  options: ZoneOptions,
): ZoneAnswer {
  const service = view.service(namespace, labels.at(-1)!);
  if (!service?.spec) return noSuchName;
  const serviceName = `${labels.at(-1)}.${namespace}.svc.${options.domain}`;
  const front = labels.slice(0, -1);
  if (service.spec.type === 'ExternalName') {
    if (front.length > 0) return noSuchName;
    return {
      kind: 'found',
      answers: [{ name: question.name, type: 'CNAME', ttl: options.ttlSeconds, data: service.spec.externalName! }],
    };
  }
  const targets = isHeadless(service)
    ? endpointTargets(view.slices(namespace, service.metadata.name!), serviceName)
    : clusterIpTargets(service, serviceName);
  if (front.length === 0) {
    if (isHeadless(service) && targets.length === 0) return noSuchName;
    if (question.type === 'SRV') return srvAnswer(question, targets, () => true, options);
    return addressAnswer(question, targets, options);
  }
  if (front.length === 1) {
    const named = targets.filter((target) => target.name === `${front[0]}.${serviceName}`);
    return named.length > 0 ? addressAnswer(question, named, options) : noSuchName;
  }
  if (front.length === 2 && front[0]!.startsWith('_') && front[1]!.startsWith('_')) {
    const wanted = { port: front[0]!.slice(1), protocol: front[1]!.slice(1) };
    const matches = (port: Port): boolean => port.name === wanted.port && port.protocol === wanted.protocol;
    if (!targets.some((target) => target.ports.some(matches))) return noSuchName;
    return question.type === 'SRV' ? srvAnswer(question, targets, matches, options) : nothing;
  }
  return noSuchName;
}

/** `10-1-2-3.NAMESPACE.pod.DOMAIN`: the address is in the name, so no pod is looked up (as CoreDNS with `pods insecure`). */
function resolvePod(question: Question, label: string, options: ZoneOptions): ZoneAnswer {
  const address = addressOfLabel(label);
  return address === undefined
    ? noSuchName
    : addressAnswer(question, [{ name: question.name, address, ports: [] }], options);
}

function resolveReverse(question: Question, view: ClusterView, options: ZoneOptions): ZoneAnswer {
  const address = addressOfReverseName(question.name);
  if (address === undefined) return notMine;
  const names = new Set<string>();
  const service = view.serviceByIp(address);
  if (service) names.add(`${service.metadata.name}.${service.metadata.namespace}.svc.${options.domain}`);
  for (const slice of view.slicesByIp(address)) {
    const serviceLabel = slice.metadata.labels?.['kubernetes.io/service-name'];
    const { namespace } = slice.metadata;
    if (!serviceLabel || !namespace) continue;
    const owner = view.service(namespace, serviceLabel);
    if (!owner || !isHeadless(owner)) continue;
    for (const target of endpointTargets([slice], `${serviceLabel}.${namespace}.svc.${options.domain}`))
      if (target.address === address) names.add(target.name);
  }
  if (names.size === 0) return notMine;
  if (question.type !== 'PTR') return nothing;
  return {
    kind: 'found',
    answers: [...names].map((data) => ({ name: question.name, type: 'PTR', ttl: options.ttlSeconds, data })),
  };
}

function isHeadless(service: DeepReadonly<Service>): boolean {
  return service.spec?.clusterIP === 'None';
}

function clusterIpTargets(service: DeepReadonly<Service>, name: string): Target[] {
  const spec = service.spec!;
  const ports = (spec.ports ?? []).map((p) => ({
    name: p.name ?? '',
    protocol: (p.protocol ?? 'TCP').toLowerCase(),
    port: p.port,
  }));
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return addresses.map((address) => ({ name, address, ports }));
}

/** One target an address that is ready; each under its hostname, else under its address with dashes. */
function endpointTargets(slices: readonly DeepReadonly<EndpointSlice>[], serviceName: string): Target[] {
  const targets = new Map<string, Target>();
  for (const slice of slices) {
    if (slice.addressType === 'FQDN') continue;
    const ports = (slice.ports ?? []).flatMap((p) =>
      p.port === undefined ? [] : [{ name: p.name ?? '', protocol: (p.protocol ?? 'TCP').toLowerCase(), port: p.port }],
    );
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        const label = endpoint.hostname ?? address.replaceAll(/[.:]/g, '-');
        targets.set(`${label} ${address}`, { name: `${label}.${serviceName}`, address, ports });
      }
    }
  }
  return [...targets.values()];
}

function addressAnswer({ name, type }: Question, targets: readonly Target[], { ttlSeconds }: ZoneOptions): ZoneAnswer {
  if (type !== 'A' && type !== 'AAAA' && type !== 'ANY') return nothing;
  const answers = targets
    .map((target) => addressRecord(name, target.address, ttlSeconds))
    .filter((record) => type === 'ANY' || record.type === type);
  return { kind: 'found', answers };
}

function srvAnswer(
  { name }: Question,
  targets: readonly Target[],
  matches: (port: Port) => boolean,
  { ttlSeconds }: ZoneOptions,
): ZoneAnswer {
  const seen = new Set<string>();
  const answers: Answer[] = [];
  const additionals: Answer[] = [];
  const wanted = targets.flatMap((target) => target.ports.filter(matches).map((port) => ({ target, port })));
  const weight = Math.max(1, Math.floor(100 / Math.max(1, wanted.length)));
  for (const { target, port } of wanted) {
    if (!seen.has(`${target.name}:${port.port}`)) {
      seen.add(`${target.name}:${port.port}`);
      answers.push({
        name,
        type: 'SRV',
        ttl: ttlSeconds,
        data: { priority: 0, weight, port: port.port, target: target.name },
      });
    }
    if (!seen.has(`${target.name} ${target.address}`)) {
      seen.add(`${target.name} ${target.address}`);
      additionals.push(addressRecord(target.name, target.address, ttlSeconds));
    }
  }
  return { kind: 'found', answers, additionals };
}

function addressRecord(name: string, address: string, ttl: number): Answer {
  return address.includes(':') ? { name, type: 'AAAA', ttl, data: address } : { name, type: 'A', ttl, data: address };
}

/** `10-1-2-3` → `10.1.2.3`, `fd00--1` → `fd00::1`; undefined for what is no address. */
function addressOfLabel(label: string): string | undefined {
  if (/^\d{1,3}(-\d{1,3}){3}$/.test(label)) {
    const octets = label.split('-').map(Number);
    return octets.every((octet) => octet <= 255) ? octets.join('.') : undefined;
  }
  return /^[0-9a-f]{0,4}(-[0-9a-f]{0,4}){2,7}$/.test(label) ? label.replaceAll('-', ':') : undefined;
}

/** The address that a name below in-addr.arpa or ip6.arpa turns round (RFC 1035 §3.5, RFC 3596 §2.5). */
function addressOfReverseName(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const octets = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse();
    return octets.length === 4 && octets.every((o) => /^\d{1,3}$/.test(o) && Number(o) <= 255)
      ? octets.join('.')
      : undefined;
  }
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.').reverse();
  if (digits.length !== 32 || digits.some((d) => !/^[0-9a-f]$/.test(d))) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) =>
    parseInt(digits.slice(i * 4, i * 4 + 4).join(''), 16).toString(16),
  );
  return compress(groups);
}

/** The shortest text form of an IPv6 address (RFC 5952): the longest run of two or more zero groups becomes `::`. */
function compress(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let i = 0; i < groups.length; i++) {
    let length = 0;
    while (groups[i + length] === '0') length += 1;
    if (length > best.length) best = { start: i, length };
  }
  if (best.start < 0) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
