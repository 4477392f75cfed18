import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasReason } from '../api/meta/errors.ts';
import { persistentVolumeClaims } from '../api/resources/core/persistent-volume-claim.ts';
import { persistentVolumes } from '../api/resources/core/persistent-volume.ts';
import { pods } from '../api/resources/core/pod.ts';
import { services } from '../api/resources/core/service.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { createInformers } from '../client/informer-factory.ts';
import type { Deps } from '../component/deps.ts';
import { admitPod } from './admission.ts';
import { createItemBackOff } from './back-off.ts';
import type { KubeletConfig } from './config.ts';
import { createEvictionManager } from './eviction/eviction-manager.ts';
import { observeNode } from './eviction/observe-node.ts';
import { createUsageOfPods } from './eviction/usage-of-pods.ts';
import { thresholdsMet } from './eviction/thresholds.ts';
import { createImageGc } from './images/image-gc.ts';
import { createImageManager } from './images/image-manager.ts';
import { createKillPod } from './kill-pod.ts';
import { createKubeletMetrics } from './kubelet-metrics.ts';
import { createSandboxMaker } from './make-sandbox.ts';
import { configuredNode } from './node/configured-node.ts';
import { readFileSystem } from './node/machine-info.ts';
import { runNodeLease } from './node/node-lease.ts';
import { defaultLabels } from './node/node-object.ts';
import { createNodeRegistration } from './node/node-registration.ts';
import { createObjectStore } from './objects/object-store.ts';
import { createServiceAccountTokens } from './objects/service-account-tokens.ts';
import { createPodEvents } from './pod-events.ts';
import { createOrphans } from './pods/orphans.ts';
import { podFolders } from './pods/pod-folders.ts';
import { createPodSet } from './pods/pod-set.ts';
import { createPodSources } from './pods/pod-sources.ts';
import { createPodWorkers, type PodWorkers } from './pods/pod-workers.ts';
import { isStaticPod, isTerminalPhase, type ReadonlyPod } from './pods/pod.ts';
import { createProbeManager } from './probes/probe-manager.ts';
import { createPodReleaser } from './release-pod.ts';
import { createRuntimeWatch } from './runtime-watch.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import { createSemaphore } from './semaphore.ts';
import { createContainerStarter } from './start-container.ts';
import { runFileSource } from './static-pods/file-source.ts';
import { createMirrorPods } from './static-pods/mirror-pods.ts';
import { createStatusManager } from './status/status-manager.ts';
import { createPodSyncer } from './sync-pod.ts';
import { hostMounter } from './volumes/mounter.ts';
import { createPodVolumes } from './volumes/pod-volumes.ts';

/** What other parts of the kubelet's process (its server) may ask of it. */
export interface Kubelet {
  readonly nodeName: string;
  readonly runtime: ContainerRuntime;
  /** Pods this node runs, static ones too. */
  pods(): ReadonlyPod[];
  /** By namespace and name; `uid` is the one users know (a mirror's) or the pod's own. */
  findPod(namespace: string, name: string, uid?: string): ReadonlyPod | undefined;
  /** The status as the kubelet knows it, which the API may not have yet. */
  podStatus(podUid: string): ReadonlyPod['status'];
  /** Throws while something keeps the node from running pods. */
  checkSync(): void;
  /** Runs until the signal aborts; containers are left running. */
  run(signal: AbortSignal): Promise<void>;
}

export interface KubeletGiven {
  readonly config: KubeletConfig;
  readonly runtime: ContainerRuntime;
  /** Absent for a kubelet that only runs static pods. */
  readonly client?: Client;
  /** For what must not wait behind other requests: lease and node status. */
  readonly heartbeatClient?: Client;
  readonly recorder: EventRecorder;
}

/** Not seen for this long, the runtime counts as down; in ms. */
const runtimeDownMs = 30_000;
const relist = { relistMs: 10_000, relistWithoutEventsMs: 1000 };
/** Sandboxes and containers made at one time: the daemon gains nothing by more. */
const parallelStarts = 8;
/** How long registering waits for the runtime's first answer, so that the node does not show up as not ready, in ms. */
const firstLookMs = 3000;
const backOffTimes = { initialMs: 10_000, maxMs: 300_000 };

/** Wires a kubelet together; nothing is done before `run`. Throws FlagError for what cannot be meant. */
export async function createKubelet(given: KubeletGiven, deps: Deps): Promise<Kubelet> {
  const { config, runtime, recorder } = given;
  const { clock, log } = deps;
  const { cgroupRoot } = config;
  const client = given.client ?? withoutApi();
  const heartbeatClient = given.heartbeatClient ?? client;
  await mkdir(config.rootDir, { recursive: true, mode: 0o750 });
  const rootDir = await realpath(config.rootDir);
  const folders = podFolders(rootDir);
  const { facts, allocatable, thresholds } = await configuredNode(config, rootDir);
  const { name: nodeName, ips: nodeIps, machine } = facts;
  const startMs = clock.monotonicMs();

  const events = createPodEvents(recorder);
  const store = createObjectStore(client, deps);
  const crashBackOff = createItemBackOff(backOffTimes, deps);
  const pullBackOff = createItemBackOff(backOffTimes, deps);
  const statuses = createStatusManager(client, deps);
  const metrics = createKubeletMetrics(deps, nodeName);
  const set = createPodSet(isStaticPod);
  const starts = createSemaphore(parallelStarts);
  const killPod = createKillPod({ runtime, events, nodeIps: () => nodeIps }, deps);
  const volumes = createPodVolumes(
    {
      folders,
      store,
      tokens: createServiceAccountTokens(client, deps),
      mounts: hostMounter,
      allocatable: () => allocatable,
      claims: {
        claim: (namespace, name) => orUndefined(client.get(persistentVolumeClaims, { namespace, name })),
        volume: (name) => orUndefined(client.get(persistentVolumes, { name })),
      },
    },
    deps,
  );
  const imageGc = createImageGc(
    {
      runtime,
      disk: () => readFileSystem(rootDir),
      options: {
        file: join(rootDir, 'pulled-images.json'),
        highPercent: config.imageGcHighThreshold,
        lowPercent: config.imageGcLowThreshold,
        minAgeMs: config.minimumImageTtlDuration,
      },
    },
    deps,
  );
  const images = createImageManager(
    { runtime, events, backOff: pullBackOff, maxParallelPulls: config.maxParallelImagePulls, gc: imageGc },
    deps,
  );

  let workers: PodWorkers | undefined;
  const probes = createProbeManager({ runtime, events, changed: (uid) => workers?.wake(uid) }, deps);
  const firstLook = Promise.withResolvers<void>();
  let sweep = (): void => {};
  const runtimeWatch = createRuntimeWatch(
    {
      runtime,
      options: relist,
      changed: (uid) => workers?.wake(uid),
      seen: (state) => {
        firstLook.resolve();
        metrics.observe(state);
        sweep();
      },
    },
    deps,
  );

  /** What keeps the runtime from running pods. */
  const runtimeProblem = (): string | undefined => {
    const { lastSeenMs } = runtimeWatch;
    if (lastSeenMs === undefined) return 'container runtime status check may not have completed yet';
    return clock.monotonicMs() - lastSeenMs > runtimeDownMs ? 'container runtime is down' : undefined;
  };

  async function run(signal: AbortSignal): Promise<void> {
    await volumes.start();
    const informers = createInformers(client, deps);
    const podInformer = informers.for(pods, { fieldSelector: `spec.nodeName=${nodeName}` });
    const serviceInformer = informers.for(services);

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
    const backOffs = [crashBackOff, pullBackOff];
    const releaser = createPodReleaser(
      { runtime, syncer, killPod, probes, statuses, volumes, backOffs, cgroupRoot },
      deps,
    );

    const podWorkers = createPodWorkers(
      { syncer, releaser, wanted: (uid) => set.get(uid), admit: (pod) => verdictOn(pod) },
      deps,
      signal,
    );
    workers = podWorkers;
    const eviction = createEvictionManager(
      {
        thresholds,
        observe: () => observeNode(rootDir),
        candidates: createUsageOfPods({ runtime, folders, workers: podWorkers }),
        reclaimDisk: (until) =>
          imageGc.reclaim(async () => thresholdsMet(thresholds, await observeNode(rootDir)).size === 0, until),
        evict: async ({ pod }, verdict) => {
          const worker = podWorkers.get(pod.metadata.uid!);
          worker?.fail(verdict);
          await worker?.released;
        },
        events,
        changed: () => registration.refresh(),
        transitionPeriodMs: config.evictionPressureTransitionPeriod,
      },
      deps,
    );
    const registration = createNodeRegistration(
      {
        client: heartbeatClient,
        recorder,
        facts: async () => ({ ...facts, runtimeVersion: await runtime.version(signal).catch(() => '') }),
        health: () => {
          const problem = runtimeProblem();
          return { problems: problem ? [problem] : [], pressure: eviction.pressure() };
        },
        images: () => runtime.listImages(signal),
        config: {
          registerNode: config.registerNode,
          updateFrequencyMs: config.nodeStatusUpdateFrequency,
          reportFrequencyMs: config.nodeStatusReportFrequency,
        },
      },
      deps,
    );
    const mirrors = createMirrorPods({ client, set, node: () => registration.node }, deps, signal);
    const orphans = createOrphans({ runtime, killPod, volumes, cgroupRoot }, deps, signal);

    const verdictOn = (pod: ReadonlyPod): { reason: string; message: string } | undefined => {
      // Accepted by an earlier kubelet, or on its way out: no question any more.
      if (pod.status?.startTime || pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase))
        return undefined;
      const others = podWorkers
        .all()
        .filter((worker) => !worker.isReleased && worker.pod.metadata.uid !== pod.metadata.uid)
        .map((worker) => worker.pod);
      const labels = registration.node?.metadata.labels ?? { ...defaultLabels(facts), ...facts.labels };
      const decision = admitPod(pod, others, { name: nodeName, labels, allocatable });
      if (decision.admitted) return undefined;
      events.record(pod, { type: 'Warning', reason: decision.reason, message: decision.message });
      return { reason: decision.reason, message: `Pod was rejected: ${decision.message}` };
    };

    const sources = createPodSources({
      set,
      workers: podWorkers,
      statuses,
      store,
      mirrors,
      informer: given.client && podInformer,
      hasFiles: config.podManifestPath !== '',
    });
    sweep = () => {
      const { lastState } = runtimeWatch;
      if (!sources.areReady || !lastState) return;
      orphans.sweep(lastState, (uid) => podWorkers.get(uid) !== undefined);
      sources.sweepMirrors();
    };

    const work: Promise<void>[] = [
      runtimeWatch.run(signal),
      statuses.run(signal),
      eviction.run(signal),
      imageGc.run(signal),
    ];
    if (config.podManifestPath) {
      const options = { path: config.podManifestPath, nodeName, checkFrequencyMs: config.fileCheckFrequency };
      work.push(runFileSource(options, sources.setStatic, deps, signal));
    }
    if (given.client) {
      const firstLookOrLate = Promise.race([firstLook.promise, clock.sleep(firstLookMs, signal).catch(() => {})]);
      const { nodeLeaseDurationSeconds: durationSeconds } = config;
      work.push(
        informers.run(signal),
        podInformer.waitForSync(signal).then(
          () => sweep(),
          () => {},
        ),
        firstLookOrLate.then(() => registration.run(signal)),
        runNodeLease(
          { client: heartbeatClient, nodeName, durationSeconds, node: () => registration.node },
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
    runtime,
    pods: () => set.all(),
    findPod: (namespace, name, uid) => set.find(namespace, name, uid),
    podStatus: (uid) => statuses.get(uid),
    checkSync: () => {
      // A runtime gets a moment to answer for the first time.
      const isYoung = clock.monotonicMs() - startMs < runtimeDownMs;
      const problem = runtimeProblem();
      if (problem && !(isYoung && runtimeWatch.lastSeenMs === undefined)) throw new Error(problem);
    },
    run,
  };
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
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
