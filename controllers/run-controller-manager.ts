import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { connect, waitForApiServer } from '../client/client-flags.ts';
import { createInformers } from '../client/informer-factory.ts';
import { leaderElectionOptions, newIdentity } from '../client/leader-election-flags.ts';
import { createLeaderElector } from '../client/leader-election.ts';
import { startSecureServing } from '../client/secure-serving.ts';
import type { Deps } from '../component/deps.ts';
import { chooseControllers } from './choose-controllers.ts';
import type { ControllerManagerConfig } from './config.ts';
import { prepareController } from './framework/run-controller.ts';
import type { ControllersConfig } from './framework/define-controller.ts';
import { controllers } from './index.ts';
import { serviceAccountClient } from './service-account-client.ts';

/** Every controller in one process, working while it holds the lease `kube-controller-manager`. */
export async function runControllerManager(
  config: ControllerManagerConfig,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const chosen = chooseControllers(config.controllers, controllers);
  const controllersConfig = await readControllersConfig(config);
  const connected = await connect(config, 'kube-controller-manager', deps);
  const elector = createLeaderElector(
    leaderElectionOptions(config, newIdentity(hostname(), deps)),
    connected.unlimited('leader-election'),
    deps,
  );
  const serving = { component: 'kube-controller-manager', checks: [elector.healthCheck], connected };
  const server = await startSecureServing(config, serving, deps, signal);
  await waitForApiServer(connected, deps, signal);
  const lead = async (leading: AbortSignal): Promise<void> => {
    const informers = createInformers(connected.unlimited('shared-informers'), deps);
    const runnerDeps = { ...deps, informers, config: controllersConfig };
    const prepared = chosen.map((controller) =>
      prepareController(
        controller,
        config.useServiceAccountCredentials
          ? serviceAccountClient(controller.serviceAccount ?? controller.name, connected, deps)
          : connected.client,
        runnerDeps,
      ),
    );
    const running = informers.run(leading);
    await informers.waitForSync(leading);
    deps.log.info('controllers started', { controllers: prepared.map(({ name }) => name) });
    await Promise.all([running, ...prepared.map((controller) => controller.run(leading))]);
  };
  await (config.leaderElect ? elector.run(lead, signal) : lead(signal));
  await server?.closed;
}

async function readControllersConfig(config: ControllerManagerConfig): Promise<ControllersConfig> {
  const read = (file: string): Promise<string> => (file ? readFile(file, 'utf8') : Promise.resolve(''));
  return {
    rootCa: await read(config.rootCaFile),
    clusterSigningCertFile: config.clusterSigningCertFile,
    clusterSigningKeyFile: config.clusterSigningKeyFile,
    clusterSigningDurationMs: config.clusterSigningDuration,
    serviceAccountPrivateKey: await read(config.serviceAccountPrivateKeyFile),
    nodeMonitorPeriodMs: config.nodeMonitorPeriod,
    nodeMonitorGracePeriodMs: config.nodeMonitorGracePeriod,
    nodeStartupGracePeriodMs: config.nodeStartupGracePeriod,
    terminatedPodGcThreshold: config.terminatedPodGcThreshold,
  };
}
