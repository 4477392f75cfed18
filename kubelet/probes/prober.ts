import type { Deps } from '../../component/deps.ts';
import type { ProbeAnswer, ReadonlyProbe } from './probe-kind.ts';

export const probePurposes = ['startup', 'readiness', 'liveness'] as const;
export type ProbePurpose = (typeof probePurposes)[number];
export type ProbeResult = 'pending' | 'passed' | 'failed';

export interface ProberOptions {
  readonly probe: ReadonlyProbe;
  readonly purpose: ProbePurpose;
  /** When the container began, on the wall clock. */
  readonly startedAtMs: number;
  /** What was known before the first answer: of a container that was taken over from an earlier kubelet. */
  readonly initial?: ProbeResult;
  /** Resolves when the container has started as far as its startup probe says; other probes wait for it. */
  readonly started: Promise<void>;
  readonly ask: (signal: AbortSignal) => Promise<ProbeAnswer>;
  /** Told of each change of the result. */
  readonly changed: (result: ProbeResult) => void;
  readonly failed: (output: string) => void;
  readonly errored: (error: Error) => void;
}

/**
 * Asks one thing of one container again and again until the signal aborts, counting successes and failures as the
 * probe's thresholds say. A startup probe is done once it passes; one that fails, like a failed liveness probe, is not
 * asked again, since the container goes.
 */
export async function runProber(
  options: ProberOptions,
  deps: Pick<Deps, 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<void> {
  const { probe, purpose } = options;
  const { clock, random } = deps;
  const periodMs = (probe.periodSeconds || 10) * 1000;
  const dueMs = options.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000;
  let result = options.initial ?? initialResult[purpose];
  let runOf: 'success' | 'failure' | undefined;
  let runLength = 0;

  const waitMs = dueMs - clock.now();
  // Many containers taken over at once are not all asked in the same moment.
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  else if (-waitMs > periodMs) await clock.sleep(random.next() * periodMs, signal);
  if (purpose !== 'startup') await untilStarted(options.started, signal);

  for (;;) {
    const nextMs = clock.monotonicMs() + periodMs;
    const answer = await askOnce(options, deps, signal);
    if (answer) {
      const outcome = answer.isSuccess ? 'success' : 'failure';
      runLength = outcome === runOf ? runLength + 1 : 1;
      runOf = outcome;
      if (!answer.isSuccess) options.failed(answer.output);
      const threshold = answer.isSuccess ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
      const next: ProbeResult = answer.isSuccess ? 'passed' : 'failed';
      if (runLength >= threshold && next !== result) {
        result = next;
        options.changed(result);
      }
      if (purpose === 'startup' && result !== 'pending') return;
      if (purpose === 'liveness' && result === 'failed') return;
    }
    await clock.sleep(Math.max(0, nextMs - clock.monotonicMs()), signal);
  }
}

/** Before anything is known: a container lives, is not ready, and has not started. */
export const initialResult: Readonly<Record<ProbePurpose, ProbeResult>> = {
  startup: 'pending',
  readiness: 'failed',
  liveness: 'passed',
};

/** undefined where the question could not be put. */
async function askOnce(
  options: ProberOptions,
  { clock }: Pick<Deps, 'clock'>,
  signal: AbortSignal,
): Promise<ProbeAnswer | undefined> {
  const limitMs = (options.probe.timeoutSeconds || 1) * 1000;
  const limit = new AbortController();
  const timer = clock.after(limitMs, () => limit.abort(new Error('timeout')));
  try {
    return await options.ask(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted) return { isSuccess: false, output: `command timed out after ${limitMs / 1000}s` };
    options.errored(error as Error);
    return undefined;
  } finally {
    timer.cancel();
  }
}

function untilStarted(started: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    void started.then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
