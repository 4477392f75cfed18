export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * A line is a constant message plus fields. Secrets never go in. `enabled` is one integer comparison: guard a call on a
 * hot path with it when building the fields costs something.
 */
export interface Logger {
  enabled(level: LogLevel): boolean;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** The same logger with fields that stand on every line: component, key… */
  child(fields: LogFields): Logger;
}

/** Swallows everything; for tests and embedding. */
export const silentLogger: Logger = {
  enabled: () => false,
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
};
