import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back what only starting needed: sources, parsed documents, code that ran once. V8 would keep it until so much is
 * allocated again, which an idle process never does. Holds the event loop for about a tenth of a second, so call it
 * once, when all is set up and nothing is asked for. Where more than `mostBytes` of heap are in use it would hold it for
 * longer and give back little of what there is: nothing is done then. True where it was.
 */
export function collectStartGarbage(mostBytes: number): boolean {
  if (getHeapStatistics().used_heap_size > mostBytes) return false;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return true;
}
