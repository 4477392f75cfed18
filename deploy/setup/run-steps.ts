import type { SetupStep } from './step.ts';

export type Progress = {
  start(title: string): void;
  update(line: string): void;
  succeed(title: string): void;
  fail(title: string): void;
};

/** Runs what is missing, in order; what is there already is not mentioned. Returns how many steps did something. */
export async function runSteps(steps: readonly SetupStep[], progress: Progress): Promise<number> {
  let done = 0;
  for (const step of steps) {
    const missing = await step.missing();
    if (missing === undefined) continue;
    progress.start(`${step.title}: ${missing}`);
    try {
      await step.install((line) => progress.update(`${step.title}: ${line}`));
    } catch (error) {
      progress.fail(step.title);
      throw error;
    }
    progress.succeed(`${step.title}: ${missing}`);
    done += 1;
  }
  return done;
}
