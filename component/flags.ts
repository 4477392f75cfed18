import { Command, CommanderError, Option } from 'commander';
import { parseDuration } from '../api/meta/duration.ts';

interface Common {
  readonly description: string;
  /** Heading of `--help` it stands under, as upstream groups them ("Secure serving"). */
  readonly group?: string;
  /** One letter (`v` for `-v`). */
  readonly short?: string;
  /** Accepted and without effect, not listed by `--help`. */
  readonly hidden?: boolean;
}

/** One flag of a component. A flag without default is `undefined` until it is given; lists and maps are empty. */
export type Flag =
  | (Common & { readonly kind: 'string'; readonly default?: string; readonly oneOf?: readonly string[] })
  | (Common & { readonly kind: 'int'; readonly default?: number; readonly min?: number; readonly max?: number })
  | (Common & { readonly kind: 'float'; readonly default?: number })
  /** 0..65535; 0 is for the command to interpret (off, or any free port). */
  | (Common & { readonly kind: 'port'; readonly default?: number })
  | (Common & { readonly kind: 'bool'; readonly default?: boolean })
  /** Go's notation (`1m30s`); the value is in milliseconds. */
  | (Common & { readonly kind: 'duration'; readonly default?: number })
  /** Given several times, or with commas. */
  | (Common & { readonly kind: 'strings'; readonly default?: readonly string[] })
  /** Given several times; commas are part of a value. */
  | (Common & { readonly kind: 'array'; readonly default?: readonly string[] })
  /** `a=b,c=d`, given once or several times. */
  | (Common & { readonly kind: 'map'; readonly default?: Readonly<Record<string, string>> });

export type FlagTable = Readonly<Record<string, Flag>>;

/** Keeps the literal types of a table, so that the values it yields are exactly typed. */
export function defineFlags<const T extends FlagTable>(table: T): T {
  return table;
}

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type Scalar = { string: string; int: number; float: number; port: number; duration: number };

type FlagValue<F extends Flag> = F extends { kind: 'bool' }
  ? boolean
  : F extends { kind: 'strings' | 'array' }
    ? readonly string[]
    : F extends { kind: 'map' }
      ? Readonly<Record<string, string>>
      : F extends { kind: keyof Scalar }
        ? F extends { kind: 'string'; oneOf: readonly (infer Choice)[] }
          ? F extends { default: string }
            ? Choice
            : Choice | undefined
          : F extends { default: string | number }
            ? Scalar[F['kind']]
            : Scalar[F['kind']] | undefined
        : never;

/** What parsing yields: one property a flag, its name in camel case (`--secure-port` → `securePort`). */
export type FlagValues<T extends FlagTable> = { readonly [K in keyof T & string as CamelCase<K>]: FlagValue<T[K]> };

/** A command line that cannot be understood; the message is one line for the person who typed it. */
export class FlagError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FlagError';
  }
}

export type ParsedFlags<T extends FlagTable> =
  | {
      readonly kind: 'run';
      readonly values: FlagValues<T>;
      /** Names of the flags that the command line (or the merged file) set, as in the table. */
      readonly given: ReadonlySet<keyof T & string>;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/**
 * Reads a command line as upstream's components (spf13/pflag) do: `--name=value` or `--name value`, `--bool` or
 * `--bool=false`, `_` in names as good as `-`. `fallback` supplies values (as text) of flags that are not given, from a
 * configuration file for one. Throws FlagError for unknown flags, bad values and stray arguments.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  args: readonly string[],
  fallback?: (values: FlagValues<T>) => Readonly<Record<string, string | readonly string[]>>,
): ParsedFlags<T> {
  const values: Record<string, unknown> = {};
  const given = new Set<string>();
  const command = new Command().exitOverride().helpOption(false).allowExcessArguments(true);
  command.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
  let asked: 'help' | 'version' | undefined;

  for (const [name, flag] of Object.entries(table)) {
    values[camelCase(name)] = defaultOf(flag);
    const option = new Option(`${flag.short ? `-${flag.short}, ` : ''}--${name} <value>`);
    option.argParser((text: string) => {
      set(name, flag, text);
      return undefined;
    });
    command.addOption(option);
  }
  const set = (name: string, flag: Flag, text: string): void => {
    const property = camelCase(name);
    values[property] = parseValue(name, flag, text, given.has(name) ? values[property] : undefined);
    given.add(name);
  };
  for (const [name, short] of [
    ['help', 'h'],
    ['version', undefined],
  ] as const) {
    if (table[name]) continue;
    const option = new Option(`${short ? `-${short}, ` : ''}--${name} <value>`);
    option.argParser((text: string) => {
      if (parseBool(name, text)) asked ??= name;
      return undefined;
    });
    command.addOption(option);
  }

  try {
    command.parse(normalise(table, args), { from: 'user' });
  } catch (error) {
    throw toFlagError(error);
  }
  if (asked) return { kind: asked };
  if (command.args.length > 0) throw new FlagError(`unexpected argument: ${command.args[0]!}`);

  if (fallback) {
    const fromCommandLine = new Set(given);
    for (const [name, text] of Object.entries(fallback(values as FlagValues<T>))) {
      const flag = table[name];
      if (!flag) throw new FlagError(`unknown flag: --${name}`);
      if (fromCommandLine.has(name)) continue;
      for (const one of typeof text === 'string' ? [text] : text) set(name, flag, one);
    }
  }
  return { kind: 'run', values: values as FlagValues<T>, given };
}

/** `secure-port` → `securePort`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

function defaultOf(flag: Flag): unknown {
  if (flag.default !== undefined) return flag.default;
  if (flag.kind === 'bool') return false;
  if (flag.kind === 'strings' || flag.kind === 'array') return [];
  return flag.kind === 'map' ? {} : undefined;
}

/**
 * Brings pflag's notation into commander's: every long flag becomes `--name=value`. A bare boolean never takes the next
 * argument, any other flag always does, even where that begins with a dash.
 */
function normalise(table: FlagTable, args: readonly string[]): string[] {
  const shorts = new Map(Object.entries(table).flatMap(([name, flag]) => (flag.short ? [[flag.short, name]] : [])));
  if (!table.help) shorts.set('h', 'help');
  const isSwitch = (name: string): boolean => {
    const flag = table[name];
    return flag ? flag.kind === 'bool' : name === 'help' || name === 'version';
  };
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      out.push(...args.slice(i));
      break;
    }
    const long = /^--?([^=-][^=]*)(=[^]*)?$/.exec(arg);
    if (!long) {
      out.push(arg);
      continue;
    }
    let name = long[1]!.replaceAll('_', '-');
    let value = long[2]?.slice(1);
    if (!arg.startsWith('--')) {
      const letter = name.charAt(0);
      const known = shorts.get(letter);
      if (!known) throw new FlagError(`unknown shorthand flag: '${letter}' in ${arg}`);
      if (name.length > 1) {
        // -v4 and -v=4 are the same; a switch takes `=` only
        value = value === undefined ? name.slice(1) : `${name.slice(1)}=${value}`;
      }
      name = known;
    }
    if (!table[name] && !isSwitch(name)) throw new FlagError(`unknown flag: --${name}`);
    if (value === undefined) {
      if (isSwitch(name)) value = 'true';
      else if (i + 1 < args.length) value = args[++i]!;
      else throw new FlagError(`flag needs an argument: --${name}`);
    }
    out.push(`--${name}=${value}`);
  }
  return out;
}

function toFlagError(error: unknown): unknown {
  if (error instanceof FlagError) return error;
  if (error instanceof CommanderError) return new FlagError(error.message.replace(/^error: /, ''));
  return error;
}

function parseValue(name: string, flag: Flag, text: string, previous: unknown): unknown {
  const bad = (why: string): FlagError =>
    new FlagError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${why}`);
  switch (flag.kind) {
    case 'string':
      if (flag.oneOf && !flag.oneOf.includes(text)) throw bad(`must be one of ${flag.oneOf.join(', ')}`);
      return text;
    case 'int': {
      const number = parseInteger(text);
      if (number === undefined) throw bad('must be a whole number');
      if (flag.min !== undefined && number < flag.min) throw bad(`must be at least ${flag.min}`);
      if (flag.max !== undefined && number > flag.max) throw bad(`must be at most ${flag.max}`);
      return number;
    }
    case 'float': {
      const number = text.trim() === '' ? NaN : Number(text);
      if (!Number.isFinite(number)) throw bad('must be a number');
      return number;
    }
    case 'port': {
      const port = parseInteger(text);
      if (port === undefined || port < 0 || port > 65535) throw bad('must be a port between 0 and 65535');
      return port;
    }
    case 'bool':
      return parseBool(name, text);
    case 'duration': {
      try {
        return parseDuration(text);
      } catch (error) {
        throw bad((error as Error).message);
      }
    }
    case 'strings':
      return [...((previous as string[] | undefined) ?? []), ...(text === '' ? [] : text.split(','))];
    case 'array':
      return [...((previous as string[] | undefined) ?? []), text];
    case 'map': {
      const map = { ...(previous as Record<string, string> | undefined) };
      for (const pair of text === '' ? [] : text.split(',')) {
        const equals = pair.indexOf('=');
        if (equals < 1) throw bad(`${JSON.stringify(pair)} must be formatted as key=value`);
        map[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim();
      }
      return map;
    }
  }
}

/** Decimal, or with Go's prefixes 0x, 0o, 0b; undefined for anything else. */
function parseInteger(text: string): number | undefined {
  if (!/^[+-]?(\d+|0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(text)) return undefined;
  const number = /^[+-]/.test(text) ? Number(text.slice(1)) * (text.startsWith('-') ? -1 : 1) : Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The words of Go's strconv.ParseBool. */
function parseBool(name: string, text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new FlagError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: must be true or false`);
}
