import { hostname } from 'node:os';
import type { RequestHandler } from 'express';
import { endpointSlices } from '../api/resources/discovery/endpoint-slice.ts';
import { services } from '../api/resources/core/service.ts';
import { connect, waitForApiServer } from '../client/client-flags.ts';
import { createInformers } from '../client/informer-factory.ts';
import type { Deps } from '../component/deps.ts';
import { FlagError } from '../component/flags.ts';
import { startServer, type RunningServer } from '../component/serving.ts';
import { backends } from './backends/index.ts';
import type { BackendOptions } from './backends/proxy-backend.ts';
import { chooseBackend } from './choose-backend.ts';
import type { ProxyConfig } from './config.ts';
import { HealthCheckPorts } from './health-check-ports.ts';
import { proxierHealth } from './proxier-health.ts';
import { serviceTable } from './service-table.ts';
import { SyncLoop } from './sync-loop.ts';

/** Keeps the services of the cluster reachable on this node until the signal aborts. Rules stay behind, so that a restart interrupts nobody. */
export async function runProxy(config: ProxyConfig, deps: Deps, signal: AbortSignal): Promise<void> {
  const options = backendOptions(config);
  if (config.cleanup) {
    for (const entry of backends) if ((await entry.unavailable()) === undefined) await entry.cleanup(options, deps);
    return;
  }
  const node = { name: config.hostnameOverride || hostname().toLowerCase(), family: 'IPv4' } as const;
  const entry = await chooseBackend(config.proxyMode, deps.log);
  for (const other of backends)
    if (other !== entry && (await other.unavailable()) === undefined) await other.cleanup(options, deps);
  const backend = entry.create(options, deps);
  const connected = await connect(config, 'kube-proxy', deps);
  const informers = createInformers(connected.client, deps);
  const serviceInformer = informers.for(services, {
    labelSelector: '!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless',
  });
  const sliceInformer = informers.for(endpointSlices, {
    labelSelector: '!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless',
    indices: {
      service: (slice) => [
        `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
      ],
    },
  });
  const healthCheckPorts = new HealthCheckPorts(deps);
  const loop = new SyncLoop(
    {
      minPeriodMs: config.iptablesMinSyncPeriod,
      maxPeriodMs: config.iptablesSyncPeriod,
      sync: async () => {
        const slicesOf = (service: { metadata: { namespace?: string; name?: string } }) =>
          sliceInformer.lister.byIndex('service', `${service.metadata.namespace}/${service.metadata.name}`);
        const table = serviceTable(serviceInformer.lister.list(), slicesOf, node);
        await backend.sync(table, signal);
        await healthCheckPorts.sync(table);
      },
    },
    deps,
  );
  const servers = await startServers(config, deps, signal, loop, backend.name);
  await waitForApiServer(connected, deps, signal);
  const changed = { added: () => loop.trigger(), updated: () => loop.trigger(), deleted: () => loop.trigger() };
  const running = informers.run(signal);
  await informers.waitForSync(signal);
  serviceInformer.addHandlers(changed);
  sliceInformer.addHandlers(changed);
  loop.trigger();
  deps.log.info('programming services', { mode: backend.name, node: node.name });
  await Promise.all([running, loop.run(signal)]);
  await Promise.all([backend.stop(), healthCheckPorts.stop(), ...servers.map((server) => server.closed)]);
}

function backendOptions(config: ProxyConfig): BackendOptions {
  const chainPrefix = config.iptablesChainPrefix;
  if (!/^[A-Za-z][A-Za-z0-9]{0,6}$/.test(chainPrefix))
    throw new FlagError(`--iptables-chain-prefix "${chainPrefix}" must be 1 to 7 letters and digits, a letter first`);
  return {
    chainPrefix,
    masqueradeAll: config.masqueradeAll,
    clusterCidr: config.clusterCidr,
    masqueradeBit: config.iptablesMasqueradeBit,
    nodePortAddresses: config.nodeportAddresses,
    localhostNodePorts: config.iptablesLocalhostNodeports,
  };
}

async function startServers(
  config: ProxyConfig,
  deps: Deps,
  signal: AbortSignal,
  loop: SyncLoop,
  mode: string,
): Promise<RunningServer[]> {
  const health = proxierHealth(loop, deps.clock, config.iptablesSyncPeriod);
  const proxyMode: RequestHandler = (request, response, next) => {
    if (request.path === '/proxyMode') response.type('text/plain').send(mode);
    else next();
  };
  const servers: RunningServer[] = [];
  for (const [address, routers, metrics] of [
    [config.healthzBindAddress, [], false],
    [config.metricsBindAddress, [proxyMode], true],
  ] as const) {
    if (!address) continue;
    servers.push(await startServer({ ...splitAddress(address), metrics, routers, checks: [health] }, deps, signal));
  }
  return servers;
}

/** `127.0.0.1:10249`, `[::1]:10249` or a bare address, as upstream's flags take them. */
function splitAddress(text: string): { bindAddress: string; port: number } {
  const match = /^(?:\[(.+)\]|([^:]*)):(\d+)$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new FlagError(`"${text}" is not an address with a port such as 127.0.0.1:10249`);
  return { bindAddress: match[1] ?? (match[2] || '0.0.0.0'), port };
}
