import { hasReason } from '../api/meta/errors.ts';
import { pods } from '../api/resources/core/pod.ts';
import type { Client } from '../client/client.ts';
import { formatTime } from '../api/meta/time.ts';
import type { Deps } from '../component/deps.ts';
import type { ReadonlyPod } from './framework/readonly-pod.ts';

interface Report {
  readonly message: string;
  /** A newer one that came while this was being written. */
  next: { readonly pod: ReadonlyPod; readonly message: string } | undefined;
  readonly done: Promise<void>;
}

/**
 * Writes into the status of pods why they are pending, beside the scheduling loop. Of one pod at most one write is under
 * way; of those that wait for it only the last is made.
 */
export class UnschedulableReports {
  readonly #deps: Deps & { readonly client: Client };
  readonly #signal: AbortSignal;
  readonly #reports = new Map<string, Report>();

  constructor(deps: Deps & { readonly client: Client }, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  /** Returns at once; nothing is written where the pod says so already. */
  report(pod: ReadonlyPod, message: string): void {
    const uid = pod.metadata.uid!;
    const running = this.#reports.get(uid);
    if (running) {
      running.next = running.message === message ? undefined : { pod, message };
      return;
    }
    const before = conditionOf(pod);
    if (before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message) return;
    const finished = Promise.withResolvers<void>();
    const report: Report = { message, next: undefined, done: finished.promise };
    this.#reports.set(uid, report);
    void this.#write(pod, message).then(() => {
      this.#reports.delete(uid);
      if (report.next) this.report(report.next.pod, report.next.message);
      finished.resolve();
    });
  }

  /** Drops what waits and resolves once nothing more is written about the pod: a node is found, and that is told next. */
  async stop(uid: string): Promise<void> {
    const running = this.#reports.get(uid);
    if (!running) return;
    running.next = undefined;
    await running.done;
  }

  /** Resolves once all is written, or the signal has put an end to it. */
  async settled(): Promise<void> {
    while (this.#reports.size > 0) await Promise.all([...this.#reports.values()].map(({ done }) => done));
  }

  async #write(pod: ReadonlyPod, message: string): Promise<void> {
    const { client, clock, log } = this.#deps;
    const { namespace, name, uid } = pod.metadata;
    const before = conditionOf(pod);
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : formatTime(clock.now()),
    };
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await client.patch(
        pods,
        { namespace, name: name! },
        { type: 'strategic', body },
        { subresource: 'status', signal: this.#signal },
      );
    } catch (error) {
      // The condition only tells people; the pod is tried again in any case.
      if (!this.#signal.aborted && !hasReason(error, 'NotFound', 'Conflict'))
        log.warn('cannot tell why a pod is pending', { pod: `${namespace}/${name}`, error });
    }
  }
}

type Condition = NonNullable<NonNullable<ReadonlyPod['status']>['conditions']>[number];

function conditionOf(pod: ReadonlyPod): Condition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
}
