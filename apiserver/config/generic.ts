import { FlagError } from '../../component/flags.ts';
import type { FlowControlOptions } from '../stages/create-flow-control.ts';
import { defineSection } from './config-section.ts';

interface GenericConfig {
  readonly minRequestTimeoutSeconds: number;
  readonly requestTimeoutMs: number;
  readonly flowControl: FlowControlOptions;
}

/** How long requests and the end of the process take, and how many requests are in flight. */
export const generic = defineSection({
  heading: 'Generic',
  flags: {
    'advertise-address': {
      kind: 'string',
      description: 'The IP address on which to advertise the apiserver to members of the cluster.',
    },
    'min-request-timeout': {
      kind: 'int',
      default: 1800,
      min: 0,
      description: 'Seconds a watch without a timeout of its own is kept at least.',
    },
    'request-timeout': {
      kind: 'duration',
      default: 60_000,
      description:
        'How long a request may take before it is timed out. The default for all requests but watches, which have --min-request-timeout.',
    },
    'max-requests-inflight': {
      kind: 'int',
      default: 400,
      min: 0,
      description:
        'The maximum number of non-mutating requests in flight, or with --enable-priority-and-fairness one part of the seats of all.',
    },
    'max-mutating-requests-inflight': {
      kind: 'int',
      default: 200,
      min: 0,
      description:
        'The maximum number of mutating requests in flight, or with --enable-priority-and-fairness the other part of the seats of all.',
    },
    'enable-priority-and-fairness': {
      kind: 'bool',
      default: true,
      description:
        'Replaces the max-in-flight handler with one that queues and dispatches with priority and fairness, as flow schemas say.',
    },
    'goaway-chance': {
      kind: 'float',
      default: 0,
      description:
        'Fraction of HTTP/2 requests after which the client is sent GOAWAY, to spread clients over servers. 0 is off, 0.02 (1 in 50) the most.',
    },
    'shutdown-delay-duration': {
      kind: 'duration',
      default: 0,
      description: 'Time to delay the termination; /readyz fails meanwhile and requests are served.',
    },
  },
  defaults: {
    minRequestTimeoutSeconds: 1800,
    requestTimeoutMs: 60_000,
    flowControl: { priorityAndFairness: true, maxRequestsInFlight: 400, maxMutatingRequestsInFlight: 200 },
  },
  configOf(values): GenericConfig {
    checkLimits(values);
    return {
      minRequestTimeoutSeconds: values.minRequestTimeout,
      requestTimeoutMs: values.requestTimeout,
      flowControl: {
        priorityAndFairness: values.enablePriorityAndFairness,
        maxRequestsInFlight: values.maxRequestsInflight,
        maxMutatingRequestsInFlight: values.maxMutatingRequestsInflight,
      },
    };
  },
});

/** Upstream's bounds of the flags on load. */
function checkLimits(values: {
  readonly goawayChance: number;
  readonly requestTimeout: number;
  readonly enablePriorityAndFairness: boolean;
  readonly maxRequestsInflight: number;
  readonly maxMutatingRequestsInflight: number;
}): void {
  const { goawayChance, maxRequestsInflight: reads, maxMutatingRequestsInflight: writes } = values;
  if (goawayChance < 0 || goawayChance > 0.02)
    throw new FlagError('--goaway-chance can not be less than 0 or greater than 0.02');
  if (values.requestTimeout <= 0) throw new FlagError('--request-timeout can not be negative value');
  if (values.enablePriorityAndFairness && reads + writes <= 0)
    throw new FlagError(
      `invalid configuration: MaxRequestsInFlight=${reads} and MaxMutatingRequestsInFlight=${writes}; they must add up to something positive`,
    );
}
