import { FlagError } from '../component/flags.ts';
import type { Logger } from '../component/logger.ts';
import { backends } from './backends/index.ts';
import type { BackendEntry } from './backends/proxy-backend.ts';

/** The backend asked for, or the first that works here. FlagError where none does, with the reason of each. */
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
    if (reason === undefined) return entry;
    reasons.push(`${entry.name}: ${reason}`);
    log.warn('proxy mode does not work on this host', { mode: entry.name, reason });
  }
  throw new FlagError(`no proxy mode works on this host: ${reasons.join('; ')}`);
}
