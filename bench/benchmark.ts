import type { Clock } from '../component/clock.ts';
import type { Random } from '../component/random.ts';
import type { LoadClient, LoadResponse } from './load-client.ts';
import { measure, type Measurement } from './measurement.ts';
import { podManifest } from './manifests.ts';
import { withUsage } from './process-usage.ts';
import { podsPath, type Scenario, type ScenarioContext } from './scenario.ts';

/** A server under load. */
export interface Target {
  readonly name: string;
  readonly client: LoadClient;
  /** Processes whose memory and CPU time count as the server's. */
  readonly pids: readonly number[];
}

export interface BenchmarkOptions {
  readonly scenarios: readonly Scenario[];
  readonly pods: number;
  readonly concurrency: number;
  readonly watchers: number;
}

export interface Result {
  readonly scenario: string;
  readonly measurement: Measurement;
}

export interface TargetResults {
  readonly target: string;
  readonly version: string;
  readonly protocol: string;
  readonly results: Result[];
}

export interface BenchmarkDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Told of what begins; for a person who waits. */
  readonly progress: (line: string) => void;
}

/**
 * Runs the scenarios on every target, one scenario after the other and each on all targets in turn, so that figures to
 * be compared come from the same minutes. Each target gets a namespace, which is removed at the end, also after an error.
 */
export async function runBenchmark(
  targets: readonly Target[],
  options: BenchmarkOptions,
  deps: BenchmarkDeps,
): Promise<TargetResults[]> {
  const namespace = `k8ts-bench-${deps.random.suffix(5)}`;
  const runs = targets.map((target) => ({
    target,
    context: { ...options, client: target.client, clock: deps.clock, namespace },
    results: [] as Result[],
    version: '',
    hasPods: false,
  }));
  try {
    for (const run of runs) {
      run.version = await versionOf(run.target.client);
      await makeNamespace(run.target.client, namespace);
    }
    for (const scenario of options.scenarios) {
      for (const run of runs) {
        const { target, context } = run;
        if (scenario.pods === 'reads' || scenario.pods === 'takes') await ensurePods(run, deps);
        deps.progress(`${target.name}: ${scenario.name} (${scenario.about})`);
        const { result, usage } = await withUsage(target.pids, deps.clock, () => scenario.run(context));
        if (scenario.pods === 'makes') run.hasPods = true;
        if (scenario.pods === 'takes') run.hasPods = false;
        run.results.push({ scenario: scenario.name, measurement: { ...result, ...(usage ? { usage } : {}) } });
      }
    }
  } finally {
    for (const { target } of runs) await removeNamespace(target.client, namespace, deps);
  }
  return runs.map(({ target, version, results }) => ({
    target: target.name,
    version,
    protocol: target.client.protocol,
    results,
  }));
}

async function versionOf(client: LoadClient): Promise<string> {
  const { status, body } = await client.send({ method: 'GET', path: '/version' }, { keepBody: true });
  if (status !== 200) throw new Error(`the server answered ${status} to /version`);
  return (JSON.parse(body!.toString()) as { gitVersion?: string }).gitVersion ?? 'unknown';
}

const json = 'application/json';

async function makeNamespace(client: LoadClient, namespace: string): Promise<void> {
  const metadata = (name: string): string => `"apiVersion":"v1","metadata":{"name":"${name}"}`;
  const body = `{"kind":"Namespace",${metadata(namespace)}}`;
  const made = await client.send({ method: 'POST', path: '/api/v1/namespaces', body, contentType: json });
  if (made.status !== 201)
    throw new Error(`cannot make namespace ${namespace}: ${made.status} ${made.body?.toString() ?? ''}`);
  // Pods need it, and no controller may be there to make it. One that is may be faster.
  await client.send({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: `{"kind":"ServiceAccount",${metadata('default')}}`,
    contentType: json,
  });
}

/** Makes the pods that a scenario reads, where create was not among the scenarios. */
async function ensurePods(
  run: { hasPods: boolean; context: ScenarioContext; target: Target },
  deps: BenchmarkDeps,
): Promise<void> {
  // prettier-ignore
  if (run.hasPods) return;
  const { client, pods, concurrency } = run.context;
  deps.progress(`${run.target.name}: making ${pods} pods`);
  const path = podsPath(run.context);
  const made = await measure({ count: pods, concurrency, clock: deps.clock }, async (index) => {
    const { status, bytes, body } = await client.send({
      method: 'POST',
      path,
      body: podManifest(index),
      contentType: json,
    });
    return status === 201 ? { bytes } : { bytes, failure: `${status} ${body?.toString() ?? ''}` };
  });
  if (made.failed > 0) throw new Error(`cannot make ${made.failed} of ${pods} pods: ${made.firstFailure}`);
  run.hasPods = true;
}

const removalPatienceMs = 30_000;
/** A controller that is there has looked at the namespace by then, and said so. */
const controllerPatienceMs = 2000;
const removalPollMs = 200;

/** Empties the namespace itself, as no controller may be there to do it, and waits for it to go, or lets it go. */
async function removeNamespace(client: LoadClient, namespace: string, deps: BenchmarkDeps): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  const send = (method: string, at: string, body?: string): Promise<LoadResponse | undefined> => client.send({ method, path: at, body, contentType: json }, { keepBody: true }).catch(() => undefined); // prettier-ignore
  await send('DELETE', `${path}/pods?gracePeriodSeconds=0`);
  await send('DELETE', `${path}/configmaps`);
  await send('DELETE', `${path}/serviceaccounts`);
  await send('DELETE', path);
  const beganMs = deps.clock.monotonicMs();
  for (;;) {
    const found = await send('GET', path);
    if (found?.status !== 200) return;
    const waitedMs = deps.clock.monotonicMs() - beganMs;
    const held = JSON.parse(found.body!.toString()) as NamespaceObject;
    if (waitedMs > controllerPatienceMs && !held.status?.conditions) {
      await send('PUT', `${path}/finalize`, JSON.stringify({ ...held, spec: { ...held.spec, finalizers: [] } }));
    }
    if (waitedMs > removalPatienceMs) {
      deps.progress(`namespace ${namespace} is still there: its controller does not finish its removal`);
      return;
    }
    await deps.clock.sleep(removalPollMs);
  }
}

interface NamespaceObject {
  readonly spec?: object;
  readonly status?: { readonly conditions?: readonly unknown[] };
}
