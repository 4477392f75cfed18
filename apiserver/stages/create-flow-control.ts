import type { Deps } from '../../component/deps.ts';
import { dumpFlowControl, type FlowControlDump } from '../flow-control/dump.ts';
import { FlowController } from '../flow-control/flow-controller.ts';
import { registerFlowControlMetrics } from '../flow-control/flow-control-metrics.ts';
import type { Counts } from '../flow-control/work-estimate.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { createPriorityAndFairness, type FlowControl } from './flow-control.ts';
import { createMaxInFlight } from './max-in-flight.ts';

export interface FlowControlOptions {
  /** False: two plain bounds, without priorities and queues. */
  readonly priorityAndFairness: boolean;
  /** 0 is no bound, but not both with priority and fairness, which divides their sum. */
  readonly maxRequestsInFlight: number;
  readonly maxMutatingRequestsInFlight: number;
}

/** The way of flow control that the options choose, with what has to run for it until the signal aborts. */
export function createFlowControl(
  deps: Deps & { readonly cache: CacheReader },
  options: FlowControlOptions & {
    readonly requestTimeoutMs: number;
    readonly countObjects: Counts['objects'];
  },
): {
  readonly control: FlowControl;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** What `/debug/api_priority_and_fairness/` shows. */
  readonly dump: FlowControlDump;
} {
  const { maxRequestsInFlight, maxMutatingRequestsInFlight } = options;
  if (!options.priorityAndFairness)
    return {
      control: createMaxInFlight({ readOnly: maxRequestsInFlight, mutating: maxMutatingRequestsInFlight }),
      run: () => Promise.resolve(),
      dump: new Map(),
    };
  const serverSeats = maxRequestsInFlight + maxMutatingRequestsInFlight;
  const controller = new FlowController(deps, { reader: deps.cache, serverSeats });
  registerFlowControlMetrics(deps.metrics, controller);
  return {
    control: createPriorityAndFairness(deps, { controller, ...options }),
    run: (signal) => controller.run(signal),
    dump: dumpFlowControl(controller),
  };
}
