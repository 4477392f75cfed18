import { createInformers } from '../../client/informer-factory.ts';
import { createClient } from '../../client/rest-client.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { bearer, fixedCredential } from '../../client/credentials.ts';
import type { Client } from '../../client/client.ts';
import type { Controller, ControllersConfig } from '../../controllers/framework/define-controller.ts';
import { prepareController } from '../../controllers/framework/run-controller.ts';
import { startTestApiServer, testDeps, type TestApiServer, type TestApiServerOptions } from './api-server.ts';

export interface TestControllers {
  readonly api: TestApiServer;
  /** Over HTTPS, as admin. */
  readonly client: Client;
  stop(): Promise<void>;
}

const config: ControllersConfig = {
  rootCa: 'no certificate',
  clusterSigningCertFile: '',
  clusterSigningKeyFile: '',
  clusterSigningDurationMs: 365 * 86_400_000,
  serviceAccountPrivateKey: '',
  nodeMonitorPeriodMs: 100,
  nodeMonitorGracePeriodMs: 2_000,
  nodeStartupGracePeriodMs: 2_000,
  terminatedPodGcThreshold: 0,
};

/** An API server with RBAC and these controllers, each with no more rights than the bootstrap policy gives its account. */
export async function startTestControllers(
  controllers: readonly Controller[],
  options: {
    readonly config?: Partial<ControllersConfig>;
    /** What is different about the API server. */
    readonly server?: Pick<TestApiServerOptions, 'clientCaFile' | 'config' | 'storage'>;
  } = {},
): Promise<TestControllers> {
  const accounts = [...new Set(controllers.map(accountOf))];
  const api = await startTestApiServer({
    ...options.server,
    config: { authorizationModes: ['RBAC'], ...options.server?.config },
    tokens: accounts.map(
      (name) =>
        `token-of-${name},system:serviceaccount:kube-system:${name},uid-of-${name},"system:serviceaccounts,system:serviceaccounts:kube-system,system:authenticated"`,
    ),
  });
  const stop = new AbortController();
  const deps = testDeps();
  const informers = createInformers(api.client, deps);
  const transports = new Map(
    accounts.map((name) => [
      name,
      createHttpsTransport({
        server: api.url,
        certificateAuthority: api.ca,
        credentials: fixedCredential(bearer(`token-of-${name}`)),
        deps,
      }),
    ]),
  );
  const prepared = controllers.map((controller) =>
    prepareController(controller, createClient({ transport: transports.get(accountOf(controller))! }), {
      ...deps,
      informers,
      config: { ...config, ...options.config },
    }),
  );
  const running = informers.run(stop.signal);
  await informers.waitForSync();
  const working = Promise.all(prepared.map((controller) => controller.run(stop.signal)));
  return {
    api,
    client: api.client,
    stop: async () => {
      stop.abort(new Error('the test is over'));
      await working;
      await running;
      for (const transport of transports.values()) transport.close();
      await api.stop();
    },
  };
}

function accountOf(controller: Controller): string {
  return controller.serviceAccount ?? controller.name;
}
