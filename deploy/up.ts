import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Deps } from '../component/deps.ts';
import { nodes } from '../api/resources/core/node.ts';
import { applyObjects } from './addons/apply-objects.ts';
import { clusterDnsObjects } from './addons/cluster-dns.ts';
import { kubeletAccessObjects } from './addons/kubelet-access.ts';
import { monitoringObjects } from './addons/monitoring.ts';
import { ensureAuditPolicy } from './audit-policy.ts';
import { clusterPaths, defaultDataDir, type ClusterConfig, type ComponentName } from './cluster-config.ts';
import { componentCommands } from './component-commands.ts';
import { reloadSupervisor, runningComponents, startSupervisor, supervisorRuns } from './control-supervisor.ts';
import { ensureDnsImage } from './images/dns-image.ts';
import { writeKubeconfigs } from './kubeconfigs.ts';
import { ensurePki } from './pki/ensure-pki.ts';
import { closePaths } from './pki/private-modes.ts';
import { restartHolders } from './pki/restart-holders.ts';
import { waitUntilHealthy } from './readiness.ts';
import { readClusterConfig, resolveCluster, type UpOptions } from './resolve-cluster.ts';
import type { Progress } from './setup/run-steps.ts';
import { SetupError } from './setup/step.ts';
import { freePorts } from './free-ports.ts';

export interface UpDeps extends Pick<Deps, 'clock' | 'random'> {
  readonly progress: Progress;
  /** A client with the administrator's kubeconfig; made only once that file is there. */
  readonly connect: (kubeconfigFile: string) => Promise<Client>;
}

const readyTimeoutMs = 60_000;

/**
 * Brings a cluster up on this host, or what is missing of it: PKI, kubeconfigs, the supervisor with its components, the
 * add-ons. Resolves when every component is well, the node is Ready and the add-ons are applied; the cluster stays.
 */
export async function up(options: UpOptions, deps: UpDeps): Promise<ClusterConfig> {
  const { clock, progress } = deps;
  const paths = clusterPaths(options.dataDir ?? defaultDataDir);
  const running = runningComponents(paths);
  const config = resolveCluster(options, running);
  const earlier = readClusterConfig(config.dataDir);
  if (earlier) refuseOtherFlags(earlier, config, running);
  const isSupervised = supervisorRuns(paths);
  mkdirSync(paths.dataDir, { recursive: true, mode: 0o755 });
  for (const folder of [paths.etcd, paths.logs, paths.run]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const folder of [paths.kubelet, paths.manifests]) mkdirSync(folder, { recursive: true, mode: 0o750 });
  await freePorts(config, paths);

  const step = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    const startedMs = clock.monotonicMs();
    progress.start(title);
    try {
      const result = await work();
      progress.succeed(`${title} (${((clock.monotonicMs() - startedMs) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      progress.fail(title);
      throw error;
    }
  };

  const closed = closePaths(config.dataDir);
  if (closed.length > 0) {
    const names = closed.map(({ path, mode }) => `${relative(config.dataDir, path)} (was 0${mode.toString(8)})`);
    progress.start(`Closed to others: ${names.join(', ')}`);
    progress.succeed(`Closed to others: ${names.join(', ')}`);
  }
  const renewed = await step('Certificates and kubeconfigs', async () => {
    const written = await ensurePki(config, deps);
    await writeKubeconfigs(config);
    if (config.audit) await ensureAuditPolicy(paths.auditPolicy);
    return written;
  });
  writeFileSync(paths.configFile, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });

  const commands = componentCommands(config);
  const wantsAddons = config.addons && config.components.includes('kube-apiserver');
  const dnsImage = wantsAddons && config.components.includes('kubelet') ? ensureDnsImage() : undefined;
  dnsImage?.catch(() => undefined); // awaited below; an early failure must not count as unhandled
  const missing = config.components.filter((name) => !running.includes(name));
  await step(missing.length > 0 ? `Starting ${missing.join(', ')}` : 'Cluster runs already: checking', async () => {
    if (isSupervised) reloadSupervisor(paths);
    else await startSupervisor(paths, clock);
    await restartHolders(config, renewed, running, deps);
    await waitUntilHealthy(commands, {
      clock,
      timeoutMs: readyTimeoutMs,
      onReady: (name) => progress.update(`${name} is ready`),
      logFile: paths.logFile,
    });
  });
  if (!config.components.includes('kube-apiserver')) return config;
  const client = await deps.connect(paths.adminKubeconfig);
  await applyObjects(client, kubeletAccessObjects());
  if (config.components.includes('kubelet'))
    await step(`Node ${config.nodeName} is Ready`, () => nodeReady(client, config, deps));
  if (wantsAddons) {
    await step('Add-ons: cluster DNS', async () => {
      const image = await dnsImage;
      await applyObjects(client, [...monitoringObjects(), ...(image ? clusterDnsObjects(config, image) : [])]);
    });
  }
  return config;
}

/** What runs keeps the flags it was started with until it is stopped: fails where other ones are asked for. */
function refuseOtherFlags(earlier: ClusterConfig, wanted: ClusterConfig, running: readonly ComponentName[]): void {
  const now = componentCommands({ ...earlier, components: running });
  componentCommands({ ...wanted, components: running }).forEach(({ name, args }, i) => {
    const other = args.find((arg) => !now[i]!.args.includes(arg));
    if (other !== undefined)
      throw new SetupError(
        `${name} runs already, without ${other}: to change that stop the cluster first (k8ts down --data-dir ${wanted.dataDir})`,
      );
  });
}

async function nodeReady(client: Client, config: ClusterConfig, { clock }: UpDeps): Promise<void> {
  const deadline = clock.monotonicMs() + readyTimeoutMs;
  let why = 'it has not registered';
  for (;;) {
    const { items } = await client.list(nodes);
    const node = items.find((item) => item.metadata.name === config.nodeName);
    const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready');
    if (ready?.status === 'True') return;
    if (ready) why = `${ready.reason}: ${ready.message}`;
    if (clock.monotonicMs() > deadline)
      throw new SetupError(
        `node ${config.nodeName} is not Ready after ${readyTimeoutMs / 1000} s: ${why}: see ${clusterPaths(config.dataDir).logFile('kubelet')}`,
      );
    await clock.sleep(50);
  }
}
