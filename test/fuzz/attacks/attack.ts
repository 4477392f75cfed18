import type { Dice } from '../dice.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

/** One kind of broken input. A run makes a few of them and throws where the server answers as it never should. */
export interface Attack {
  readonly name: string;
  run(target: FuzzTarget, dice: Dice): Promise<void>;
}
