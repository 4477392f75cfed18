import type { Clock } from '../component/clock.ts';
import type { ComponentCommand } from './component-commands.ts';
import { probe } from './probe.ts';
import { SetupError } from './setup/step.ts';

export interface WaitOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly onReady: (name: string) => void;
  /** Where to look when it does not come up. */
  readonly logFile: (name: string) => string;
}

const pollMs = 50;

/** Waits until every component says that it is well. Fails with the first that is not, what it said, and its log file. */
export async function waitUntilHealthy(commands: readonly ComponentCommand[], options: WaitOptions): Promise<void> {
  const deadline = options.clock.monotonicMs() + options.timeoutMs;
  await Promise.all(
    commands.map(async ({ name, healthUrl, tls }) => {
      for (;;) {
        const { ok, why } = await probe(healthUrl, tls);
        if (ok) return options.onReady(name);
        if (options.clock.monotonicMs() > deadline)
          throw new SetupError(
            `${name} is not well after ${options.timeoutMs / 1000} s (${healthUrl}: ${why}): see ${options.logFile(name)}`,
          );
        await options.clock.sleep(pollMs);
      }
    }),
  );
}
