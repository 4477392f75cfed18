import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import winston from 'winston';
import { systemClock, type Clock, type Timer } from './clock.ts';
import { logLevels, type LogFields, type Logger, type LogLevel } from './logger.ts';

export const logFormats = ['json', 'text'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface WinstonLoggerOptions {
  /** Stands on every line as `component`. */
  readonly component: string;
  /** Upstream's `-v`: below 4 up to `info`, from 4 on `debug` too. */
  readonly verbosity?: number;
  readonly format?: LogFormat;
  /** Where finished text goes; standard error where nothing is said. Has written all of it when it returns. */
  readonly write?: (text: string) => void;
  readonly clock?: Clock;
}

/** A logger that holds lines back for a moment; whoever makes it flushes it before the process ends. */
export interface BufferedLogger extends Logger {
  /** Resolves once every line logged before the call is written. */
  flush(): Promise<void>;
}

/** Lines wait at most this long, so that a busy process pays one system call for many of them. */
const maxDelayMs = 50;
const maxBufferedChars = 32 * 1024;

const levelSymbol = Symbol.for('level');
const messageSymbol = Symbol.for('message');

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly timestamp: string;
  readonly fields: LogFields;
}

/**
 * Structured lines by winston: one JSON object each (`timestamp`, `level`, `component`, `message`, then the fields), or
 * readable text. A line below the level costs one integer comparison. An Error among the fields is written with its
 * message, stack and causes.
 */
export function createWinstonLogger(options: WinstonLoggerOptions): BufferedLogger {
  const clock = options.clock ?? systemClock;
  const sink = new LineSink(options.write ?? writeToStderr, clock);
  const maxLevel = (options.verbosity ?? 0) >= 4 ? 3 : 2;
  const render = options.format === 'text' ? renderText : renderJson;
  const format = winston.format((info) => {
    if (!('marker' in info)) info[messageSymbol] = render(info as unknown as Line);
    return info;
  });
  const inner = winston.createLogger({
    levels: Object.fromEntries(logLevels.map((level, i) => [level, i])),
    level: logLevels[maxLevel]!,
    format: format(),
    transports: [new winston.transports.Stream({ stream: sink })],
  });

  const make = (standing: LogFields): Logger => {
    const log = (level: LogLevel, message: string, fields?: LogFields): void => {
      const timestamp = new Date(clock.now()).toISOString();
      const all = fields ? { ...standing, ...fields } : standing;
      inner.write({ level, message, [levelSymbol]: level, timestamp, fields: all });
    };
    return {
      enabled: (level) => rank[level] <= maxLevel,
      error: (message, fields) => log('error', message, fields),
      warn: (message, fields) => log('warn', message, fields),
      info: (message, fields) => log('info', message, fields),
      debug: maxLevel >= rank.debug ? (message, fields) => log('debug', message, fields) : () => {},
      child: (fields) => make({ ...standing, ...fields }),
    };
  };

  return {
    ...make({ component: options.component }),
    // winston is a chain of streams: what comes out at its end has pushed everything before it through.
    flush: () =>
      new Promise((resolve) => {
        inner.write({ level: 'error', message: '', [levelSymbol]: 'error', marker: resolve });
      }),
  };
}

const rank: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** The end of winston's chain: gathers lines and hands them on in few pieces. Errors and full buffers go at once. */
class LineSink extends Writable {
  readonly #write: (text: string) => void;
  readonly #clock: Clock;
  #text = '';
  #timer: Timer | undefined;

  constructor(write: (text: string) => void, clock: Clock) {
    super({ objectMode: true });
    this.#write = write;
    this.#clock = clock;
  }

  override _write(info: Record<string | symbol, unknown>, _encoding: string, done: () => void): void {
    if (typeof info.marker === 'function') {
      this.#flush();
      (info.marker as () => void)();
    } else {
      this.#text += `${info[messageSymbol] as string}\n`;
      if (info.level === 'error' || this.#text.length > maxBufferedChars) this.#flush();
      else this.#timer ??= this.#clock.after(maxDelayMs, () => this.#flush());
    }
    done();
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#write(text);
  }
}

/** Standard error in one go; what nobody reads (a closed pipe) is dropped rather than ending the process. */
function writeToStderr(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      // A terminal or pipe in non-blocking mode may be full for a moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}

function renderJson({ timestamp, level, message, fields }: Line): string {
  const { component, ...others } = fields;
  return safeJson({ timestamp, level, component, message, ...others });
}

function renderText({ timestamp, level, message, fields }: Line): string {
  const { component, ...others } = fields;
  let text = `${timestamp} ${level.toUpperCase().padEnd(5)} ${String(component)}: ${message}`;
  let stack = '';
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined) continue;
    if (value instanceof Error) stack += `\n${value.stack ?? value.message}`;
    text += ` ${name}=${textValue(value instanceof Error ? value.message : value)}`;
  }
  return text + stack;
}

function textValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  return safeJson(value);
}

/** JSON that never throws: errors become their message and stack, bigints strings, cycles and failing getters a word. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_name, part: unknown) => {
      if (part instanceof Error) return describeError(part);
      return typeof part === 'bigint' ? String(part) : part;
    });
  } catch (error) {
    return JSON.stringify({
      level: 'error',
      message: 'log fields cannot be written',
      reason: error instanceof Error ? error.message : String(error),
      of: (value as { message?: unknown } | undefined)?.message,
    });
  }
}

function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause instanceof Error && depth < 4 ? { cause: describeError(error.cause, depth + 1) } : {}),
    ...(error instanceof AggregateError && depth < 4
      ? { errors: error.errors.map((e) => (e instanceof Error ? describeError(e, depth + 1) : e)) }
      : {}),
  };
}
