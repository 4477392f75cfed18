import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../component/clock.ts';

/** Work in small steps; what it returns is its result. */
export type Steps<T> = Generator<void, T, void>;

const sliceMs = 5;

/** Does the work a few milliseconds at a time, so that others get their turns of the event loop in between. */
export async function inSlices<T>(steps: Steps<T>, clock: Clock): Promise<T> {
  for (let endMs = clock.monotonicMs() + sliceMs; ;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonicMs() < endMs) continue;
    await setImmediate();
    endMs = clock.monotonicMs() + sliceMs;
  }
}

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
