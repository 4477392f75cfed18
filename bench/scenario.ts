import type { Clock } from '../component/clock.ts';
import type { LoadClient, LoadRequest } from './load-client.ts';
import { measure, type Measurement } from './measurement.ts';

/** What a scenario is run with. */
export interface ScenarioContext {
  readonly client: LoadClient;
  readonly clock: Clock;
  readonly namespace: string;
  /** Pods that stand in the namespace, or that create makes. */
  readonly pods: number;
  readonly concurrency: number;
  readonly watchers: number;
}

/** One load, named as `--only` takes it. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** What stands before and after: `makes` and `takes` pods, or `reads` them. */
  readonly pods: 'makes' | 'reads' | 'takes' | 'ignores';
  run(context: ScenarioContext): Promise<Measurement>;
}

/** The collection that scenarios work on: pods of the context's namespace, without a slash at its end. */
export const podsPath = ({ namespace }: Pick<ScenarioContext, 'namespace'>): string =>
  `/api/v1/namespaces/${namespace}/pods`;

/** Sends `count` requests; an answer other than the expected ones is a failure, and its body tells why. */
export function requestLoad(
  { client, clock }: Pick<ScenarioContext, 'client' | 'clock'>,
  load: {
    readonly count: number;
    readonly concurrency: number;
    readonly expected: readonly number[];
    readonly request: (index: number) => LoadRequest;
  },
): Promise<Measurement> {
  const { count, concurrency, expected, request } = load;
  return measure({ count, concurrency, clock }, async (index) => {
    const { status, bytes, body } = await client.send(request(index));
    if (expected.includes(status)) return { bytes };
    return { bytes, failure: `${status} ${body?.toString('utf8', 0, 300) ?? ''}`.trim() };
  });
}
