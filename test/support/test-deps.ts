import { Registry } from 'prom-client';
import { systemClock, type Clock } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import type { LogFields, Logger, LogLevel } from '../../component/logger.ts';
import { createSeededRandom } from '../../component/seeded-random.ts';

export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Deps for a test: the clock given (else the system's), a seeded random, a registry of its own, lines kept in `lines`. */
export function createTestDeps<C extends Clock = Clock>(
  options: { readonly clock?: C } = {},
): Deps & { readonly clock: C; readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  return {
    clock: options.clock ?? (systemClock as unknown as C),
    random: createSeededRandom(1),
    log: keepingLogger(lines, {}),
    metrics: new Registry(),
    lines,
  };
}

function keepingLogger(lines: LoggedLine[], standing: LogFields): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields: { ...standing, ...fields } });
  return {
    enabled: () => true,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: (fields) => keepingLogger(lines, { ...standing, ...fields }),
  };
}
