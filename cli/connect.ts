import { existsSync } from 'node:fs';
import type { Client } from '../client/client.ts';
import { createHttpsTransport, type HttpsTransport } from '../client/https-transport.ts';
import { connectionOf, inClusterConnection, loadKubeconfig, type Connection } from '../client/kubeconfig.ts';
import { createClient, userAgentOf } from '../client/rest-client.ts';
import { clusterPaths, defaultDataDir } from '../deploy/cluster-config.ts';
import type { CliDeps } from './command.ts';

/** The flags by which a person chooses a cluster, as kubectl has them. */
export interface ConnectOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly namespace?: string;
}

export interface Session {
  readonly client: Client;
  readonly transport: HttpsTransport;
  readonly connection: Connection;
}

/** Nothing says which cluster is meant. */
export class NoClusterError extends Error {
  constructor() {
    super('there is no kubeconfig: set KUBECONFIG, give --kubeconfig, or bring up a cluster with `k8ts up`');
    this.name = 'NoClusterError';
  }
}

/**
 * A session with the cluster that flags, KUBECONFIG or ~/.kube/config name, else the one this pod runs in, else the one
 * that `k8ts up` made on this host.
 */
export async function openSession(options: ConnectOptions, deps: Pick<CliDeps, 'clock'>): Promise<Session> {
  const connection = await chooseConnection(options, deps);
  const transport = createHttpsTransport({ ...connection, deps });
  return { client: createClient({ transport, userAgent: userAgentOf('k8ts') }), transport, connection };
}

async function chooseConnection(options: ConnectOptions, deps: Pick<CliDeps, 'clock'>): Promise<Connection> {
  const kubeconfig = await loadKubeconfig({ path: options.kubeconfig });
  if (options.kubeconfig || kubeconfig.contexts.size > 0 || options.server)
    return connectionOf(kubeconfig, options, deps);
  const inCluster = await inClusterConnection(deps);
  if (inCluster) return options.namespace ? { ...inCluster, namespace: options.namespace } : inCluster;
  const { adminKubeconfig } = clusterPaths(defaultDataDir);
  if (!existsSync(adminKubeconfig)) throw new NoClusterError();
  return connectionOf(await loadKubeconfig({ path: adminKubeconfig }), options, deps);
}

/** A client alone, for commands that need no more. */
export async function connect(options: ConnectOptions, deps: Pick<CliDeps, 'clock'>): Promise<Client> {
  return (await openSession(options, deps)).client;
}
