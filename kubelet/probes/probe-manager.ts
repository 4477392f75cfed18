import type { Deps } from '../../component/deps.ts';
import { counter } from '../../component/metrics.ts';
import type { PodEvents } from '../pod-events.ts';
import type { ProbeFindings } from '../pod-plan.ts';
import { apiContainerStatus, type ReadonlyPod, type RoledContainer } from '../pods/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { REGISTRY } from './index.ts';
import type { ReadonlyProbe } from './probe-kind.ts';
import { initialResult, probePurposes, runProber, type ProbePurpose, type ProbeResult } from './prober.ts';

export interface RunningContainer {
  readonly roled: RoledContainer;
  readonly containerId: string;
  readonly startedAtMs: number;
}

export interface ProbeManager extends ProbeFindings {
  readiness(containerId: string): 'passed' | 'failed';
  /** Probes exactly these containers of a pod from now on; of a pod that is ending, for readiness only. */
  watch(pod: ReadonlyPod, podIp: string, running: readonly RunningContainer[]): void;
  /** Stops all probes of a pod. */
  forget(podUid: string): void;
}

interface Probed {
  readonly results: Record<ProbePurpose, ProbeResult>;
  readonly stops: Map<ProbePurpose, AbortController>;
}

interface Given {
  readonly runtime: ContainerRuntime;
  readonly events: PodEvents;
  /** A result has changed: the pod is to be looked at. */
  readonly changed: (podUid: string) => void;
}

const specField = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const;
const word = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' } as const;

/** Runs the probes of all containers of the node. */
export function createProbeManager(
  given: Given,
  deps: Pick<Deps, 'clock' | 'random' | 'log' | 'metrics'>,
): ProbeManager {
  const pods = new Map<string, Map<string, Probed>>();
  const byContainer = new Map<string, Probed>();
  const total = counter(deps.metrics, {
    name: 'prober_probe_total',
    help: 'Cumulative number of a liveness, readiness or startup probe for a container by result.',
    labelNames: ['probe_type', 'result', 'container', 'pod', 'namespace'],
  });

  const begin = (pod: ReadonlyPod, podIp: string, { roled, containerId, startedAtMs }: RunningContainer): Probed => {
    const { container, fieldPath } = roled;
    const known = apiContainerStatus(pod.status, container.name);
    const isTakenOver = known?.containerID?.endsWith(`//${containerId}`) ?? false;
    const results: Probed['results'] = {
      ...initialResult,
      // What an earlier kubelet found out holds until it is found otherwise.
      ...(isTakenOver && known?.ready ? { readiness: 'passed' } : {}),
      ...(isTakenOver && known?.started ? { startup: 'passed' } : {}),
    };
    const probed: Probed = { results, stops: new Map() };
    const started = Promise.withResolvers<void>();
    if (!container.startupProbe || results.startup === 'passed') started.resolve();
    for (const purpose of probePurposes) {
      const probe = container[specField[purpose]];
      if (!probe || (purpose === 'startup' && results.startup === 'passed')) continue;
      const kind = REGISTRY.find((each) => each.supports(probe));
      if (!kind) continue;
      const stop = new AbortController();
      probed.stops.set(purpose, stop);
      const count = (result: string): void =>
        total.inc({
          probe_type: word[purpose],
          result,
          container: container.name,
          pod: pod.metadata.name!,
          namespace: pod.metadata.namespace!,
        });
      const tell = (message: string): void =>
        given.events.record(pod, { type: 'Warning', reason: 'Unhealthy', message, fieldPath });
      runProber(
        {
          probe,
          purpose,
          startedAtMs,
          initial: results[purpose],
          started: started.promise,
          ask: async (signal) => {
            const target = { container, containerId, podIp, runtime: given.runtime };
            const answer = await kind.ask(probe, target, signal);
            if (answer.isSuccess) count('successful');
            return answer;
          },
          changed: (result) => {
            results[purpose] = result;
            if (purpose === 'startup' && result === 'passed') started.resolve();
            given.changed(pod.metadata.uid!);
          },
          failed: (output) => {
            count('failed');
            tell(`${word[purpose]} probe failed: ${output}`);
          },
          errored: (error) => {
            count('unknown');
            tell(`${word[purpose]} probe errored and resulted in unknown state: ${error.message}`);
          },
        },
        deps,
        stop.signal,
      ).catch((error: unknown) => {
        if (!stop.signal.aborted)
          deps.log.error('probe ended', { pod: pod.metadata.name, container: container.name, error });
      });
    }
    return probed;
  };

  const end = (probed: Probed, purposes: readonly ProbePurpose[] = probePurposes): void => {
    for (const purpose of purposes) {
      probed.stops.get(purpose)?.abort();
      probed.stops.delete(purpose);
    }
  };

  return {
    liveness: (id) => (byContainer.get(id)?.results.liveness === 'failed' ? 'failed' : 'passed'),
    readiness: (id) => (byContainer.get(id)?.results.readiness === 'passed' ? 'passed' : 'failed'),
    startup: (id) => byContainer.get(id)?.results.startup ?? 'pending',
    watch: (pod, podIp, running) => {
      const uid = pod.metadata.uid!;
      const probedPod = pods.get(uid) ?? new Map<string, Probed>();
      const wanted = new Set(running.map(({ containerId }) => containerId));
      for (const [id, probed] of probedPod) {
        if (wanted.has(id)) continue;
        end(probed);
        probedPod.delete(id);
        byContainer.delete(id);
      }
      for (const one of running) {
        const known = probedPod.get(one.containerId);
        if (pod.metadata.deletionTimestamp) {
          if (known) end(known, ['startup', 'liveness']);
        } else if (!known && hasProbe(one.roled.container)) {
          const probed = begin(pod, podIp, one);
          probedPod.set(one.containerId, probed);
          byContainer.set(one.containerId, probed);
        }
      }
      if (probedPod.size > 0) pods.set(uid, probedPod);
      else pods.delete(uid);
    },
    forget: (podUid) => {
      for (const [id, probed] of pods.get(podUid) ?? []) {
        end(probed);
        byContainer.delete(id);
      }
      pods.delete(podUid);
    },
  };
}

function hasProbe(
  container: Readonly<Record<'startupProbe' | 'readinessProbe' | 'livenessProbe', unknown>> | object,
): boolean {
  const probes = container as Partial<Record<(typeof specField)[ProbePurpose], ReadonlyProbe>>;
  return probePurposes.some((purpose) => probes[specField[purpose]] !== undefined);
}
