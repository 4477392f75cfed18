import type { Client } from '../client/client.ts';
import { createHttpsTransport, type HttpsTransport } from '../client/https-transport.ts';
import { connectionOf, inClusterConnection, loadKubeconfig, type Connection } from '../client/kubeconfig.ts';
import { createClient, userAgentOf } from '../client/rest-client.ts';
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

/** A session with the cluster that flags, KUBECONFIG or ~/.kube/config name, else the one this pod runs in. */
export async function openSession(options: ConnectOptions, deps: Pick<CliDeps, 'clock'>): Promise<Session> {
  const kubeconfig = await loadKubeconfig({ path: options.kubeconfig });
  const nothingChosen = !options.kubeconfig && kubeconfig.contexts.size === 0 && !options.server;
  const connection =
    (nothingChosen && (await inClusterConnection(deps))) || (await connectionOf(kubeconfig, options, deps));
  const transport = createHttpsTransport({ ...connection, deps });
  return { client: createClient({ transport, userAgent: userAgentOf('k8ts') }), transport, connection };
}

/** A client alone, for commands that need no more. */
export async function connect(options: ConnectOptions, deps: Pick<CliDeps, 'clock'>): Promise<Client> {
  return (await openSession(options, deps)).client;
}
