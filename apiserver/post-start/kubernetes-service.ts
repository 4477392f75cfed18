import { isIPv4 } from 'node:net';
import { hasReason } from '../../api/meta/errors.ts';
import { jsonEqual } from '../../api/meta/equality.ts';
import { endpoints } from '../../api/resources/core/endpoints.ts';
import { services } from '../../api/resources/core/service.ts';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import type { Endpoints, Service } from '../../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/schema/generated/discovery-v1.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { parseRange } from '../service-allocation/ip-range.ts';
import { withTimeLimit } from '../../component/time-limit.ts';
import type { PostStartDeps, PostStartHook } from './post-start-hook.ts';

const at = { namespace: 'default', name: 'kubernetes' } as const;
const portName = 'https';
/** Upstream's keys: one a server, that goes by itself when the server does not renew it. */
const leasePrefix = '/registry/masterleases/';
const leaseSeconds = 15;
const renewMs = 10_000;
const retryMs = 200;
const leaveTimeoutMs = 1000;

/** The service `kubernetes` and its endpoints: all servers that are alive, each known by its lease in the store. */
export const kubernetesService: PostStartHook = {
  name: 'bootstrap-controller',
  run: async (deps, done, signal) => {
    while (!signal.aborted) {
      let waitMs = renewMs;
      try {
        await renewLease(deps, signal);
        await ensureService(deps, signal);
        await publish(deps, await aliveAddresses(deps, signal), signal);
        done();
      } catch (error) {
        if (signal.aborted) break;
        const isForGood = hasReason(error, 'Invalid');
        if (isForGood) deps.log.warn('this server cannot be an endpoint of the service kubernetes', { error });
        else deps.log.debug('endpoints of the service kubernetes were not written', { error });
        waitMs = isForGood ? renewMs : retryMs;
        // An address that endpoints may not have will not get better by waiting; the server is of use all the same.
        if (isForGood) done();
      }
      await deps.clock.sleep(waitMs, signal).catch(() => {});
    }
    await leave(deps);
  },
};

async function renewLease({ storage, config }: PostStartDeps, signal: AbortSignal): Promise<void> {
  const { address } = config.advertise;
  const key = leasePrefix + address;
  const value = Buffer.from(
    `${JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', metadata: {}, subsets: [{ addresses: [{ ip: address }] }] })}\n`,
  );
  const current = await storage.get(key, signal);
  await storage.put(key, value, { expectedRevision: current?.modRevision ?? 0, leaseSeconds }, signal);
}

async function aliveAddresses({ storage, config }: PostStartDeps, signal: AbortSignal): Promise<string[]> {
  const { items } = await storage.range({ prefix: leasePrefix }, signal);
  const addresses = new Set(items.map(({ key }) => key.slice(leasePrefix.length)));
  addresses.add(config.advertise.address);
  return [...addresses].sort();
}

async function ensureService({ client, cache, config }: PostStartDeps, signal: AbortSignal): Promise<void> {
  if (cache.get('/registry/services/specs/default/kubernetes')) return;
  const [first = ''] = config.serviceClusterIpRange.split(',');
  const clusterIP = parseRange(first.trim())!.at(0n);
  const service: Service = {
    metadata: { ...at, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [isIPv4(clusterIP) ? 'IPv4' : 'IPv6'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: portName, protocol: 'TCP', port: 443, targetPort: config.advertise.port }],
    },
  };
  await client.create(services, service, { signal }).catch((error: unknown) => {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  });
}

async function publish(deps: PostStartDeps, addresses: readonly string[], signal: AbortSignal): Promise<void> {
  const { port } = deps.config.advertise;
  const ports = [{ name: portName, protocol: 'TCP' as const, port }];
  const legacy: Endpoints = {
    metadata: { ...at, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: addresses.length ? [{ addresses: addresses.map((ip) => ({ ip })), ports }] : undefined,
  };
  const slice: EndpointSlice = {
    metadata: { ...at, labels: { 'kubernetes.io/service-name': at.name } },
    addressType: isIPv4(deps.config.advertise.address) ? 'IPv4' : 'IPv6',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports,
  };
  const isSame = (found: EndpointSlice): boolean =>
    jsonEqual(found.endpoints, slice.endpoints) && jsonEqual(found.ports, slice.ports);
  await Promise.all([
    put(deps, endpoints, legacy, (found) => jsonEqual(found.subsets, legacy.subsets), signal),
    put(deps, endpointSlices, slice, isSame, signal),
  ]);
}

/** Creates the object, or brings it to what is wanted. */
async function put<T extends KubeObject>(
  { client }: PostStartDeps,
  row: ResourceRow<T>,
  wanted: T,
  isSame: (found: T) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const found = await client.get(row, at, { signal });
    if (isSame(found)) return;
    const { resourceVersion } = found.metadata;
    await client.update(row, { ...wanted, metadata: { ...wanted.metadata, resourceVersion } }, { signal });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    await client.create(row, wanted, { signal });
  }
}

/** A server that stops takes its address out, so that nobody is sent to it; where that fails, the lease ends soon. */
async function leave(deps: PostStartDeps): Promise<void> {
  const { storage, config, clock, log } = deps;
  const reason = (): Error => new Error('the store does not answer');
  try {
    await withTimeLimit({ clock, ms: leaveTimeoutMs, reason }, async (signal) => {
      const key = leasePrefix + config.advertise.address;
      const current = await storage.get(key, signal);
      if (current) await storage.delete(key, { expectedRevision: current.modRevision }, signal);
      const { items } = await storage.range({ prefix: leasePrefix }, signal);
      const others = items.map((item) => item.key.slice(leasePrefix.length)).sort();
      if (others.length) await publish(deps, others, signal);
    });
  } catch (error) {
    log.debug('the address of this server was not taken out', { error });
  }
}
