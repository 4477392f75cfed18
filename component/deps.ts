import type { Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Random } from './random.ts';

/** What every part of every component is given; parts add their own beside it. Modules hold no state. */
export interface Deps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** One prom-client registry a component instance, never the global one: several live in one process. */
  readonly metrics: Registry;
}
