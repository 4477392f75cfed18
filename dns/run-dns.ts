import { readFile } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import { connect, waitForApiServer } from '../client/client-flags.ts';
import { createInformers } from '../client/informer-factory.ts';
import type { Deps } from '../component/deps.ts';
import { startServer } from '../component/serving.ts';
import { createClusterView } from './cluster-view.ts';
import type { DnsConfig } from './config.ts';
import { createForwarder, resolversOf } from './forwarder.ts';
import { startDnsServer } from './server.ts';

const forwardTimeoutMs = 2_000;

/**
 * The cluster DNS: answers once its view of services, endpoints and namespaces is complete (`/ready` says so), and from
 * what it saw last while the API server is away.
 */
export async function runDns(config: DnsConfig, deps: Deps, signal: AbortSignal): Promise<void> {
  let isReady = false;
  const health: RequestHandler = (request, response, next) => {
    if (request.path === '/health') response.type('text/plain').send('OK');
    else if (request.path === '/ready')
      response
        .status(isReady ? 200 : 503)
        .type('text/plain')
        .send(isReady ? 'OK' : 'kubernetes');
    else next();
  };
  const ports = [...new Set([config.metricsPort, config.healthPort, config.readyPort])];
  const small = await Promise.all(
    ports.map((port) =>
      startServer(
        { bindAddress: config.bindAddress, port, metrics: port === config.metricsPort, routers: [health] },
        deps,
        signal,
      ),
    ),
  );
  const connected = await connect(config, 'cluster-dns', deps);
  const upstreams =
    config.upstream.length > 0 ? config.upstream : resolversOf(await readFile(config.resolvConf, 'utf8'));
  const forwarder = createForwarder({ upstreams, timeoutMs: forwardTimeoutMs }, deps);
  await waitForApiServer(connected, deps, signal);
  const informers = createInformers(connected.client, deps);
  const view = createClusterView(informers);
  const running = informers.run(signal);
  await informers.waitForSync(signal);
  const { port, closed } = await startDnsServer(
    {
      bindAddress: config.bindAddress,
      port: config.port,
      zone: { domain: config.clusterDomain, ttlSeconds: config.ttl },
      view,
      forwarder,
    },
    deps,
    signal,
  );
  isReady = true;
  deps.log.info('answering DNS', { port, domain: config.clusterDomain, upstreams });
  await Promise.all([running, closed, ...small.map((server) => server.closed)]);
}
