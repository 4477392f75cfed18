import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { attacks } from './attacks/index.ts';
import { Dice } from './dice.ts';
import { startFuzzTarget, type FuzzTarget } from './fuzz-target.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** How many times every attack is made. */
  readonly rounds?: number;
  /** Instead of rounds: for how long, in ms. */
  readonly forMs?: number;
  readonly log?: (line: string) => void;
}

export interface FuzzReport {
  readonly rounds: number;
  readonly inputs: number;
  /** What went wrong, each with the round it did in; a run with the same seed makes the same inputs. */
  readonly failures: readonly string[];
  /** Heap that is in use after a collection, in bytes, beyond what it was before the first input. */
  readonly grownBytes: number;
  /** What keeps the process alive after all has been stopped and did not before it began. */
  readonly leakedResources: readonly string[];
}

/** Attacks made at a time in one round. */
const parallel = 4;
const maxFailures = 20;

/**
 * Sends broken input of every kind to an API server and looks for what must not happen: server errors, errors logged,
 * rejections nobody handles, prototypes changed, memory that grows, sockets and timers left behind.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const failures: string[] = [];
  const fail = (what: string): void => void (failures.length < maxFailures && failures.push(what));
  const unhandled = (reason: unknown): void => fail(`unhandled: ${(reason as Error)?.stack ?? String(reason)}`);
  // Whoever called may begin to wait with a timer only now.
  await new Promise(setImmediate);
  const resourcesBefore = countOf(process.getActiveResourcesInfo());
  const prototypeBefore = prototypeKeys();
  process.on('unhandledRejection', unhandled);
  process.on('uncaughtExceptionMonitor', unhandled);
  const target = await startFuzzTarget();
  let rounds = 0;
  let grownBytes = 0;
  try {
    // What is made at first use is not a leak.
    await round(target, options.seed - 1, () => {});
    target.complaints();
    const heapBefore = await heapInUse();
    const endMs = performance.now() + (options.forMs ?? 0);
    while (options.forMs ? performance.now() < endMs : rounds < (options.rounds ?? 1)) {
      const seed = options.seed + rounds++;
      await round(target, seed, (what) => fail(`round ${seed}: ${what}`));
      for (const complaint of target.complaints()) fail(`round ${seed}: logged: ${complaint}`);
      if (prototypeKeys() !== prototypeBefore) fail(`round ${seed}: a prototype was changed: ${prototypeKeys()}`);
      if (rounds % 100 === 0) options.log?.(`${rounds} rounds, ${failures.length} failures`);
      if (failures.length >= maxFailures) break;
    }
    const { status } = await target.send({ method: 'GET', path: '/readyz' });
    if (status !== 200) fail(`the server is not ready any more: ${status}`);
    grownBytes = (await heapInUse()) - heapBefore;
  } finally {
    await target.stop();
    process.off('unhandledRejection', unhandled);
    process.off('uncaughtExceptionMonitor', unhandled);
  }
  const leakedResources = await leaked(resourcesBefore);
  return { rounds, inputs: rounds * attacks.length, failures, grownBytes, leakedResources };
}

async function round(target: FuzzTarget, seed: number, fail: (what: string) => void): Promise<void> {
  const waiting = attacks.map((attack, at) => ({ attack, dice: new Dice(createSeededRandom(seed * 1000 + at)) }));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { attack, dice } = next;
      await attack.run(target, dice).catch((error: Error) => fail(`${attack.name}: ${error.message}`));
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}

function prototypeKeys(): string {
  const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype] as object[];
  return prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(' ');
}

async function heapInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let i = 0; i < 3; i++) {
    // Sockets and timers let go of what they hold a turn after they end.
    await new Promise((resolve) => setTimeout(resolve, 100));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** Without standard input and output, which are opened when they are first used. */
function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names)
    if (name !== 'PipeWrap' && name !== 'TTYWrap') counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Asked again for a while: handles close a few turns after who owned them let go. */
async function leaked(before: ReadonlyMap<string, number>): Promise<string[]> {
  for (let tries = 50; ; tries--) {
    const more = [...countOf(process.getActiveResourcesInfo())]
      .filter(([name, count]) => count > (before.get(name) ?? 0))
      .map(([name, count]) => `${name} ${count - (before.get(name) ?? 0)}`);
    if (more.length === 0 || tries === 0) return more;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
