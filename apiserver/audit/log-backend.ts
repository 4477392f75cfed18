import type { Deps } from '../../component/deps.ts';
import type { AuditBackend, AuditEvent } from './audit-event.ts';
import { createAuditErrors } from './audit-errors.ts';
import { legacyLine } from './legacy-line.ts';
import type { RotatingFile } from './rotating-file.ts';

export const auditFormats = ['json', 'legacy'] as const;
export type AuditFormat = (typeof auditFormats)[number];

/** Events that may wait for the disk; more are lost, and counted. */
const maxWaiting = 100_000;

/** One event a line. Requests do not wait for the disk: what comes while it writes is written together afterwards. */
export function createLogBackend(
  given: { readonly file: Pick<RotatingFile, 'append' | 'close'>; readonly format: AuditFormat },
  deps: Pick<Deps, 'log' | 'metrics'>,
): AuditBackend {
  const errors = createAuditErrors('log', deps);
  let waiting: AuditEvent[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const lines = batch.map(given.format === 'json' ? (event) => JSON.stringify(event) : legacyLine);
        await given.file.append(`${lines.join('\n')}\n`);
      } catch (error) {
        errors.lost(batch.length, error);
      }
    }
    writing = undefined;
  }

  return {
    name: 'log',
    record: (event) => {
      if (waiting.length >= maxWaiting) return errors.lost(1, new Error('too many events wait for the disk'));
      waiting.push(event);
      // Later in this turn of the event loop, so that the request itself is done.
      writing ??= Promise.resolve().then(write);
    },
    close: async () => {
      await writing;
      await given.file.close();
    },
  };
}
