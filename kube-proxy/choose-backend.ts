import { FlagError } from '../component/flags.ts';
import type { Logger } from '../component/logger.ts';
import { backends } from './backends/index.ts';
import type { BackendEntry } from './backends/proxy-backend.ts';

/** The backend asked for, or the first that works here, and one log line that says which and why. FlagError where none does, with the reason of each. */
export async function chooseBackend(
  mode: string,
  log: Logger,
  entries: readonly BackendEntry[] = backends,
): Promise<BackendEntry> {
  const candidates = mode ? entries.filter((entry) => entry.name === mode) : entries;
  if (candidates.length === 0)
    throw new FlagError(`unknown --proxy-mode "${mode}": choose from ${entries.map((entry) => entry.name).join(', ')}`);
  const reasons: string[] = [];
  for (const entry of candidates) {
    const reason = await entry.unavailable();
    if (reason !== undefined) {
      reasons.push(`${entry.name}: ${reason}`);
      continue;
    }
    if (reasons.length === 0) log.info('proxy mode chosen', { mode: entry.name });
    else log.warn('proxy mode chosen, a better one does not work on this host', { mode: entry.name, reasons });
    return entry;
  }
  throw new FlagError(`no proxy mode works on this host: ${reasons.join('; ')}`);
}
