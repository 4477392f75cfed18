import { readFileSync } from 'node:fs';
import { FlagError } from '../../component/flags.ts';

/** Reads a text file that a flag names; `what` it is stands in the FlagError where it cannot be read. */
export function readFlagFile(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FlagError(`unable to read the ${what} ${file}: ${(error as Error).message}`);
  }
}
