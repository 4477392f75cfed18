import { hostname } from 'node:os';
import { connect, waitForApiServer } from '../client/client-flags.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createInformers } from '../client/informer-factory.ts';
import { leaderElectionOptions, newIdentity } from '../client/leader-election-flags.ts';
import { createLeaderElector } from '../client/leader-election.ts';
import { startSecureServing } from '../client/secure-serving.ts';
import type { Deps } from '../component/deps.ts';
import type { SchedulerConfig } from './config.ts';
import { createSchedulerMetrics } from './metrics.ts';
import { plugins } from './plugins/index.ts';
import { SchedulingQueue } from './queue/scheduling-queue.ts';
import { runSchedulingCycles } from './scheduling-cycle.ts';
import { ClusterState } from './snapshot/cluster-state.ts';
import { watchCluster } from './watch-cluster.ts';

/** Binds pods to nodes while it holds the lease `kube-scheduler`. */
export async function runScheduler(config: SchedulerConfig, deps: Deps, signal: AbortSignal): Promise<void> {
  const connected = await connect(config, 'kube-scheduler', deps);
  const elector = createLeaderElector(
    leaderElectionOptions(config, newIdentity(hostname(), deps)),
    connected.unlimited('leader-election'),
    deps,
  );
  const serving = { component: 'kube-scheduler', checks: [elector.healthCheck], connected };
  const server = await startSecureServing(config, serving, deps, signal);
  await waitForApiServer(connected, deps, signal);
  const queue = new SchedulingQueue(deps.clock);
  const schedulerMetrics = createSchedulerMetrics(deps, queue);
  const lead = async (leading: AbortSignal): Promise<void> => {
    const state = new ClusterState();
    const informers = createInformers(connected.unlimited('shared-informers'), deps);
    watchCluster(informers, { state, queue, schedulerName: config.schedulerName });
    const running = informers.run(leading);
    await informers.waitForSync(leading);
    const events = createEventRecorder({ component: config.schedulerName }, connected.unlimited('events'), deps);
    deps.log.info('scheduling', { nodes: state.nodes.length });
    await Promise.all([
      running,
      runSchedulingCycles(
        { ...deps, client: connected.client, events, queue, state, plugins, schedulerMetrics },
        leading,
      ),
    ]);
    await events.flush();
  };
  await (config.leaderElect ? elector.run(lead, signal) : lead(signal));
  await server?.closed;
}
