import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back what only starting needed: sources, parsed documents, code that ran once. V8 would keep it until so much is
 * allocated again, which an idle process never does. Holds the event loop for some tens of milliseconds, so call it
 * once, when all is set up and before much is asked for.
 */
export function collectStartGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
