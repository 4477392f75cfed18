import { hasReason } from '../api/meta/errors.ts';
import { pods } from '../api/resources/core/pod.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Deps } from '../component/deps.ts';
import { diagnosisMessage, findNode, type Diagnosis } from './framework/find-node.ts';
import type { Plugin } from './framework/plugin.ts';
import type { ReadonlyPod } from './framework/readonly-pod.ts';
import type { SchedulerMetrics } from './metrics.ts';
import type { QueuedPod, SchedulingQueue } from './queue/scheduling-queue.ts';
import type { ClusterState } from './snapshot/cluster-state.ts';
import { UnschedulableReports } from './unschedulable-reports.ts';

export interface CycleDeps extends Deps {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly queue: SchedulingQueue;
  readonly state: ClusterState;
  readonly plugins: readonly Plugin[];
  readonly schedulerMetrics: SchedulerMetrics;
}

/** Takes pods from the queue and gives them to nodes until the signal aborts. Deciding is one pod at a time; binding goes on in the background. */
export async function runSchedulingCycles(deps: CycleDeps, signal: AbortSignal): Promise<void> {
  const { queue, state, clock, schedulerMetrics } = deps;
  const binding = new Set<Promise<void>>();
  const reports = new UnschedulableReports(deps, signal);
  const onAbort = (): void => queue.close();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) queue.close();
  let start = 0;
  for (;;) {
    const queued = await queue.next();
    if (!queued) break;
    const startedMs = clock.monotonicMs();
    const decision = findNode(queued.pod, state, deps.plugins, { start, random: deps.random });
    schedulerMetrics.algorithmSeconds.observe((clock.monotonicMs() - startedMs) / 1000);
    if (decision.kind === 'none') {
      reportUnschedulable(queued, decision.diagnosis, reports, deps);
      continue;
    }
    start = state.nodes.length === 0 ? 0 : (start + decision.evaluated) % state.nodes.length;
    state.assume(queued.pod, decision.node.name);
    const bound = bind({ queued, node: decision.node.name, startedMs, reports }, deps, signal).finally(() =>
      binding.delete(bound),
    );
    binding.add(bound);
  }
  await Promise.all(binding);
  await reports.settled();
}

async function bind(
  found: {
    readonly queued: QueuedPod;
    readonly node: string;
    readonly startedMs: number;
    readonly reports: UnschedulableReports;
  },
  deps: CycleDeps,
  signal: AbortSignal,
): Promise<void> {
  const { queued, node, startedMs, reports } = found;
  const { client, state, queue, events, log, clock, schedulerMetrics } = deps;
  const { namespace, name, uid } = queued.pod.metadata;
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { namespace, name, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  try {
    await reports.stop(uid!); // binding sets the condition that a report would overwrite
    await client.createSubresource(pods, { namespace, name: name!, subresource: 'binding' }, body, {
      signal,
      cause: `pod ${namespace}/${name} unscheduled`,
    });
  } catch (error) {
    state.forget(uid!);
    if (signal.aborted) return;
    // Gone, or bound by somebody else: the watch tells and takes it from the queue.
    if (!hasReason(error, 'NotFound', 'Conflict')) {
      schedulerMetrics.attempts.inc({ result: 'error', profile });
      log.warn('binding failed, trying again', { pod: `${namespace}/${name}`, node, error });
    }
    return queue.failed(uid!, new Set());
  }
  queue.delete(uid!);
  const now = clock.monotonicMs();
  schedulerMetrics.attempts.inc({ result: 'scheduled', profile });
  schedulerMetrics.attemptSeconds.observe({ result: 'scheduled', profile }, (now - startedMs) / 1000);
  schedulerMetrics.podSeconds.observe(
    { attempts: String(Math.min(queued.attempts, 16)) },
    (now - queued.addedMs) / 1000,
  );
  if (log.enabled('debug')) log.debug('pod bound', { pod: `${namespace}/${name}`, node });
  events.event(asEventTarget(queued.pod), {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${node}`,
  });
}

const profile = 'default-scheduler';

function reportUnschedulable(
  { pod }: QueuedPod,
  diagnosis: Diagnosis,
  reports: UnschedulableReports,
  { queue, events, schedulerMetrics }: CycleDeps,
): void {
  const message = diagnosisMessage(diagnosis);
  schedulerMetrics.attempts.inc({ result: 'unschedulable', profile });
  events.event(asEventTarget(pod), { type: 'Warning', reason: 'FailedScheduling', message });
  reports.report(pod, message);
  queue.failed(pod.metadata.uid!, diagnosis.plugins);
}

function asEventTarget(pod: ReadonlyPod): ReadonlyPod {
  return { ...pod, apiVersion: 'v1', kind: 'Pod' };
}
