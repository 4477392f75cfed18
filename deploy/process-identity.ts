import { readFileSync } from 'node:fs';

/** A process told apart from a later one with the same number, by when it was started (ticks since boot). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
}

/** Who has this process number now; undefined where nobody does, or only a zombie. From /proc/PID/stat, proc(5). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // gone
  }
  // The name stands in parentheses and may hold anything, so fields count from the last one: state is the 3rd, start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startTicks: fields[19] ?? '' };
}

/** Does this very process still run, and not another one of its number? */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startTicks === identity.startTicks;
}

/** Sends the signal only if the process is still the one meant; false where it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
