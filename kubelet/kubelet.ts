import { mkdir, readFile, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { addQuantities, formatQuantity } from '../api/meta/quantity.ts';
import { persistentVolumeClaims } from '../api/resources/core/persistent-volume-claim.ts';
import { persistentVolumes } from '../api/resources/core/persistent-volume.ts';
import { pods } from '../api/resources/core/pod.ts';
import { services } from '../api/resources/core/service.ts';
import { hasReason } from '../api/meta/errors.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { createInformers } from '../client/informer-factory.ts';
import type { Deps } from '../component/deps.ts';
import { FlagError } from '../component/flags.ts';
import { admitPod } from './admission.ts';
import { createItemBackOff } from './back-off.ts';
import type { KubeletConfig } from './config.ts';
import { parseThresholds, thresholdOf, thresholdsMet } from './eviction/thresholds.ts';
import { observeNode } from './eviction/observe-node.ts';
import { createImageManager } from './images/image-manager.ts';
import { createKillPod } from './kill-pod.ts';
import { createKubeletMetrics } from './kubelet-metrics.ts';
import { allocatableOf, defaultLabels, type NodeFacts, type NodeHealth } from './node/node-object.ts';
import { createNodeRegistration } from './node/node-registration.ts';
import { findNodeIp, parseTaint } from './node/node-facts.ts';
import { runNodeLease } from './node/node-lease.ts';
import { readFileSystem, readMachineInfo } from './node/machine-info.ts';
import { createObjectStore } from './objects/object-store.ts';
import { createServiceAccountTokens } from './objects/service-account-tokens.ts';
import { createPodEvents } from './pod-events.ts';
import { createOrphans } from './pods/orphans.ts';
import { podFolders } from './pods/pod-folders.ts';
import { createPodSet, fullNameOf } from './pods/pod-set.ts';
import { createPodWorkers } from './pods/pod-workers.ts';
import { configAnnotations, isMirrorPod, isStaticPod, isTerminalPhase, type ReadonlyPod } from './pods/pod.ts';
import { createProbeManager } from './probes/probe-manager.ts';
import { createSandboxMaker } from './make-sandbox.ts';
import { createPodReleaser } from './release-pod.ts';
import { createRuntimeWatch } from './runtime-watch.ts';
import type { ContainerRuntime, RuntimeState } from './runtime/container-runtime.ts';
import { createSemaphore } from './semaphore.ts';
import { runFileSource } from './static-pods/file-source.ts';
import { createMirrorPods } from './static-pods/mirror-pods.ts';
import { createStatusManager } from './status/status-manager.ts';
import { createContainerStarter } from './start-container.ts';
import { createPodSyncer } from './sync-pod.ts';
import { hostMounter } from './volumes/mounter.ts';
import { createPodVolumes } from './volumes/pod-volumes.ts';

/** What other parts of the kubelet's process (its server) may ask of it. */
export interface Kubelet {
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  readonly runtime: ContainerRuntime;
  /** Pods this node runs, static ones too. */
  pods(): ReadonlyPod[];
  /** By namespace and name; `uid` is the one users know (a mirror's) or the pod's own. */
  findPod(namespace: string, name: string, uid?: string): ReadonlyPod | undefined;
  /** The status as the kubelet knows it, which the API may not have yet. */
  podStatus(podUid: string): ReadonlyPod['status'];
  /** Of the last complete look at the runtime. */
  lastState(): RuntimeState | undefined;
  /** Rejects while something keeps the node from running pods. */
  checkSync(): void;
  /** Runs until the signal aborts; containers are left running. */
  run(signal: AbortSignal): Promise<void>;
}

export interface KubeletGiven {
  readonly config: KubeletConfig;
  readonly runtime: ContainerRuntime;
  /** Absent for a kubelet that only runs static pods. */
  readonly client?: Client;
  readonly heartbeatClient?: Client;
  readonly recorder: EventRecorder;
}

/** Not seen for this long, the runtime counts as down; in ms. */
const runtimeDownMs = 30_000;
const relist = { relistMs: 10_000, relistWithoutEventsMs: 1000 };
/** Sandboxes and containers made at one time: the daemon gains nothing by more. */
const parallelStarts = 8;

/** The name a node goes by: the one given, else the host's, in lower case. */
export function nodeNameOf(config: Pick<KubeletConfig, 'hostnameOverride'>): string {
  return (config.hostnameOverride || hostname()).trim().toLowerCase();
}

/** Wires a kubelet together; nothing is done before `run`. Throws FlagError for what cannot be meant. */
export async function createKubelet(given: KubeletGiven, deps: Deps): Promise<Kubelet> {
  const { config, runtime, recorder } = given;
  const { clock, log } = deps;
  const nodeName = nodeNameOf(config);
  const client = given.client ?? withoutApi();
  const nodeIps = config.nodeIp.length > 0 ? config.nodeIp : [await findNodeIp()];
  const thresholds = parseFlag('eviction-hard', () => parseThresholds(config.evictionHard));
  const taints = config.registerWithTaints.map(parseTaint);
  await mkdir(config.rootDir, { recursive: true, mode: 0o750 });
  const rootDir = await realpath(config.rootDir);
  const folders = podFolders(rootDir);
  const machine = await readMachineInfo();
  const rootFs = await readFileSystem(rootDir);

  const baseFacts: Omit<NodeFacts, 'runtimeVersion'> = {
    name: nodeName,
    hostname: nodeName,
    ips: nodeIps,
    labels: config.nodeLabels,
    taints,
    unschedulable: !config.registerSchedulable,
    machine,
    ephemeralStorageBytes: rootFs.capacityBytes,
    maxPods: config.maxPods,
    port: config.port,
    reserved: parseFlag('system-reserved', () => sumReserved(config.systemReserved, config.kubeReserved)),
    evictionReserved: {
      ...(thresholds['memory.available']
        ? { memory: thresholdOf(thresholds['memory.available'], machine.memoryBytes) }
        : {}),
      ...(thresholds['nodefs.available']
        ? { 'ephemeral-storage': thresholdOf(thresholds['nodefs.available'], rootFs.capacityBytes) }
        : {}),
    },
    providerId: config.providerId,
  };
  const allocatable = allocatableOf({ ...baseFacts, runtimeVersion: '' });
  let runtimeVersion = '';
  let lastState: RuntimeState | undefined;
  const firstSeen = Promise.withResolvers<void>();

  const events = createPodEvents(recorder);
  const store = createObjectStore(client, deps);
  const tokens = createServiceAccountTokens(client, deps);
  const crashBackOff = createItemBackOff({ initialMs: 10_000, maxMs: 300_000 }, deps);
  const pullBackOff = createItemBackOff({ initialMs: 10_000, maxMs: 300_000 }, deps);
  const statuses = createStatusManager(client, deps);
  const metrics = createKubeletMetrics(deps, nodeName);
  const volumes = createPodVolumes(
    {
      folders,
      store,
      tokens,
      mounts: hostMounter,
      allocatable: () => allocatable,
      claims: {
        claim: (namespace, name) => orUndefined(client.get(persistentVolumeClaims, { namespace, name })),
        volume: (name) => orUndefined(client.get(persistentVolumes, { name })),
      },
    },
    deps,
  );
  const set = createPodSet(isStaticPod);

  let workers: ReturnType<typeof createPodWorkers> | undefined;
  const probes = createProbeManager({ runtime, events, changed: (uid) => workers?.wake(uid) }, deps);
  const killPod = createKillPod({ runtime, events, nodeIps: () => nodeIps }, deps);
  const images = createImageManager(
    { runtime, events, backOff: pullBackOff, maxParallelPulls: config.maxParallelImagePulls },
    deps,
  );

  const runtimeWatch = createRuntimeWatch(
    {
      runtime,
      options: relist,
      changed: (uid) => workers?.wake(uid),
      seen: (state) => {
        lastState = state;
        firstSeen.resolve();
        metrics.observe(state);
        sweep();
      },
    },
    deps,
  );
  let sweep = (): void => {};

  const runtimeProblems = (): string[] => {
    const seenMs = runtimeWatch.lastSeenMs;
    if (seenMs === undefined) return ['container runtime status check may not have completed yet'];
    return clock.monotonicMs() - seenMs > runtimeDownMs ? ['container runtime is down'] : [];
  };

  const health = async (): Promise<NodeHealth> => ({
    problems: runtimeProblems(),
    pressure: thresholdsMet(thresholds, await observeNode(rootDir)),
  });

  const findPod = (namespace: string, name: string, uid?: string): ReadonlyPod | undefined => {
    const fullName = `${namespace}/${name}`;
    const mirror = set.mirrorPod(fullName);
    const staticPod = set.staticPod(fullName);
    const candidates = set.all().filter((pod) => fullNameOf(pod) === fullName);
    if (!uid) return staticPod ?? candidates.at(-1);
    if (mirror?.metadata.uid === uid) return staticPod;
    return candidates.find((pod) => pod.metadata.uid === uid);
  };

  async function run(signal: AbortSignal): Promise<void> {
    await volumes.start();
    const informers = createInformers(client, deps);
    const podInformer = informers.for(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    const serviceInformer = informers.for(services);
    const registration = createNodeRegistration(
      {
        client: given.heartbeatClient ?? client,
        recorder,
        facts: async () => {
          runtimeVersion = await runtime.version(signal).catch(() => runtimeVersion);
          return { ...baseFacts, runtimeVersion };
        },
        health,
        images: () => runtime.listImages(signal),
        config: {
          registerNode: config.registerNode,
          updateFrequencyMs: config.nodeStatusUpdateFrequency,
          reportFrequencyMs: config.nodeStatusReportFrequency,
        },
      },
      deps,
    );

    const starts = createSemaphore(parallelStarts);
    const { cgroupRoot } = config;
    const sandboxes = createSandboxMaker(
      {
        runtime,
        events,
        folders,
        starts,
        config: {
          clusterDns: { servers: config.clusterDns, domain: config.clusterDomain },
          resolvConf: await hostResolvConf(config.resolvConf),
          cgroupRoot,
        },
      },
      deps,
    );
    const starter = createContainerStarter(
      {
        runtime,
        events,
        images,
        store,
        folders,
        mounts: hostMounter,
        killPod,
        starts,
        services: async (pod, until) => {
          // A static pod may be what the API server itself waits for.
          if (given.client && !isStaticPod(pod)) await serviceInformer.waitForSync(until);
          return serviceInformer.lister.list();
        },
        node: { allocatable: () => allocatable, memoryBytes: machine.memoryBytes },
        config: {
          cgroupRoot,
          cpuCfsQuota: config.cpuCfsQuota,
          seccompDefault: config.seccompDefault,
          seccompProfileRoot: join(rootDir, 'seccomp'),
        },
      },
      deps,
    );
    const syncer = createPodSyncer(
      {
        runtime,
        events,
        probes,
        volumes,
        statuses,
        folders,
        crashBackOff,
        killPod,
        sandboxes,
        starter,
        node: { name: nodeName, ips: () => nodeIps },
        syncFrequencyMs: config.syncFrequency,
      },
      deps,
    );
    const releaser = createPodReleaser(
      {
        runtime,
        syncer,
        killPod,
        probes,
        statuses,
        volumes,
        backOffs: [crashBackOff, pullBackOff],
        cgroupRoot: config.cgroupRoot,
      },
      deps,
    );
    const orphans = createOrphans({ runtime, killPod, volumes, cgroupRoot: config.cgroupRoot }, deps, signal);
    const mirrors = createMirrorPods({ client, set, node: () => registration.node }, deps, signal);
    const podWorkers = createPodWorkers(
      { syncer, releaser, wanted: (uid) => set.get(uid), admit: (pod) => verdictOn(pod) },
      deps,
      signal,
    );
    workers = podWorkers;

    const verdictOn = (pod: ReadonlyPod): { reason: string; message: string } | undefined => {
      // Accepted by an earlier kubelet, or on its way out: no question any more.
      if (pod.status?.startTime || pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase))
        return undefined;
      const others = podWorkers
        .all()
        .filter((worker) => !worker.isReleased && worker.pod.metadata.uid !== pod.metadata.uid)
        .map((worker) => worker.pod);
      const labels = registration.node?.metadata.labels ?? { ...defaultLabels(baseFacts), ...config.nodeLabels };
      const decision = admitPod(pod, others, { name: nodeName, labels, allocatable });
      if (decision.admitted) return undefined;
      events.record(pod, { type: 'Warning', reason: decision.reason, message: decision.message });
      return { reason: decision.reason, message: `Pod was rejected: ${decision.message}` };
    };

    /** A pod of the API, as it is now. */
    const apiPod = (pod: ReadonlyPod): void => {
      if (!isMirrorPod(pod)) {
        set.set(pod);
        statuses.observed(pod.metadata.uid!, pod);
        podWorkers.update(pod);
        return;
      }
      set.setMirror(pod);
      const staticPod = set.staticPod(fullNameOf(pod));
      if (staticPod && isMirrorOf(pod, staticPod)) statuses.observed(staticPod.metadata.uid!, pod);
      if (areSourcesReady()) mirrors.reconcile(fullNameOf(pod));
    };
    podInformer.addHandlers({
      added: (pod) => {
        store.invalidate(pod.metadata.namespace!);
        apiPod(pod);
      },
      updated: apiPod,
      deleted: (pod) => {
        if (isMirrorPod(pod)) {
          set.deleteMirror(pod);
          mirrors.reconcile(fullNameOf(pod));
        } else {
          set.delete(pod.metadata.uid!);
          podWorkers.remove(pod.metadata.uid!);
        }
      },
    });

    let hasStatic = config.podManifestPath === '';
    const staticPods = (list: readonly ReadonlyPod[]): void => {
      const wanted = new Set(list.map(({ metadata }) => metadata.uid));
      const gone = set.all().filter((pod) => isStaticPod(pod) && !wanted.has(pod.metadata.uid));
      for (const pod of gone) {
        set.delete(pod.metadata.uid!);
        podWorkers.remove(pod.metadata.uid!);
        mirrors.reconcile(fullNameOf(pod));
      }
      for (const pod of list) {
        if (set.get(pod.metadata.uid!)) continue;
        set.set(pod);
        const mirror = set.mirrorPod(fullNameOf(pod));
        if (mirror && isMirrorOf(mirror, pod)) statuses.observed(pod.metadata.uid!, mirror);
        podWorkers.update(pod);
        if (given.client) mirrors.reconcile(fullNameOf(pod));
      }
      hasStatic = true;
    };
    const areSourcesReady = (): boolean => hasStatic && (!given.client || podInformer.hasSynced);
    let hasSweptMirrors = false;
    sweep = () => {
      if (!areSourcesReady() || !lastState) return;
      orphans.sweep(lastState, (uid) => podWorkers.get(uid) !== undefined);
      if (hasSweptMirrors) return;
      hasSweptMirrors = true;
      for (const mirror of set.mirrors()) mirrors.reconcile(fullNameOf(mirror));
    };

    const work: Promise<void>[] = [
      runtimeWatch.run(signal),
      statuses.run(signal),
      ...(config.podManifestPath
        ? [
            runFileSource(
              { path: config.podManifestPath, nodeName, checkFrequencyMs: config.fileCheckFrequency },
              staticPods,
              deps,
              signal,
            ),
          ]
        : []),
    ];
    if (given.client) {
      work.push(
        informers.run(signal),
        podInformer.waitForSync(signal).then(
          () => sweep(),
          () => {},
        ),
        // A node that registers before its runtime has answered shows up as not ready first.
        Promise.race([firstSeen.promise, clock.sleep(3000, signal).catch(() => {})]).then(() =>
          registration.run(signal),
        ),
        runNodeLease(
          {
            client: given.heartbeatClient ?? client,
            nodeName,
            durationSeconds: config.nodeLeaseDurationSeconds,
            node: () => registration.node,
          },
          deps,
          signal,
        ),
      );
    }
    log.info('kubelet is running', { node: nodeName, rootDir });
    await Promise.all(work);
    await podWorkers.stopped();
    await orphans.settled();
  }

  return {
    nodeName,
    nodeIps,
    runtime,
    pods: () => set.all(),
    findPod,
    podStatus: (uid) => statuses.get(uid),
    lastState: () => lastState,
    checkSync: () => {
      const [problem] = runtimeProblems();
      if (problem) throw new Error(problem);
    },
    run,
  };
}

function isMirrorOf(mirror: ReadonlyPod, staticPod: ReadonlyPod): boolean {
  return (
    mirror.metadata.annotations?.[configAnnotations.mirror] === staticPod.metadata.annotations?.[configAnnotations.hash]
  );
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

function sumReserved(...lists: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const sum: Record<string, string> = {};
  for (const [name, quantity] of lists.flatMap((list) => Object.entries(list))) {
    sum[name] = formatQuantity(addQuantities(sum[name] ?? '0', quantity));
  }
  return sum;
}

function parseFlag<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new FlagError(`--${name}: ${(error as Error).message}`);
  }
}

const systemdResolvConf = '/run/systemd/resolve/resolv.conf';

/** The host's resolver configuration; where that names systemd's stub, which pods cannot reach, the one behind it. */
async function hostResolvConf(path: string): Promise<string> {
  const text = path ? await readFile(path, 'utf8').catch(() => '') : '';
  if (!/^nameserver\s+127\.0\.0\.53/m.test(text)) return path;
  return readFile(systemdResolvConf).then(
    () => systemdResolvConf,
    () => path,
  );
}

/** What a kubelet without API server asks of it fails like a server that is away. */
function withoutApi(): Client {
  return new Proxy({} as Client, {
    get: () => () => Promise.reject(new Error('this kubelet has no API server')),
  });
}
