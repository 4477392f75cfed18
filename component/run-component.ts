import { rm } from 'node:fs/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { writeFileAtomic } from './atomic-file.ts';
import { systemClock } from './clock.ts';
import type { Deps } from './deps.ts';
import { formatHelp } from './flag-help.ts';
import { defineFlags, FlagError, parseFlags, type FlagTable, type FlagValues } from './flags.ts';
import { gauge } from './metrics.ts';
import { systemRandom } from './random.ts';
import { kubernetesVersion, platform, productVersion } from './version.ts';
import { createWinstonLogger, logFormats } from './winston-logger.ts';

/** What every component understands beside its own flags. */
export const commonFlags = defineFlags({
  v: {
    kind: 'int',
    short: 'v',
    default: 0,
    min: 0,
    max: 10,
    group: 'Logs',
    description: 'number for the log level verbosity: 0 to 3 informational, 4 and more debug',
  },
  'log-format': {
    kind: 'string',
    oneOf: logFormats,
    default: 'json',
    group: 'Logs',
    description: 'Sets the log format: json (one object a line) or text.',
  },
  'pid-file': {
    kind: 'string',
    group: 'Misc',
    description: 'File to write the process id to; it is removed when the process ends.',
  },
});

export type CommonFlags = FlagValues<typeof commonFlags>;

export interface ComponentOptions<T extends FlagTable> {
  /** Upstream's name of the process: `kube-scheduler`. */
  readonly name: string;
  /** Stands at the head of `--help`. */
  readonly description?: string;
  readonly flags: T;
  /**
   * Does the work until the signal aborts and resolves once all is stopped. A FlagError is a mistake of the person who
   * started it (printed as one line); any other error is logged. Either ends the process with 1.
   */
  run(config: FlagValues<T> & CommonFlags, deps: Deps, signal: AbortSignal): Promise<void>;
  /** Values of flags that were not given, from a configuration file (see `parseFlags`). */
  readonly fallback?: (values: FlagValues<T> & CommonFlags) => Readonly<Record<string, string | readonly string[]>>;
  /** The command line; that of the process where nothing is said. */
  readonly args?: readonly string[];
}

/**
 * A process's whole life: flags → logger → metrics → `run(config, deps, signal)` → orderly stop. SIGTERM or SIGINT
 * aborts the signal, a second one ends the process at once. Never returns normally: ends the process with 0, or 1 after
 * a bad flag (one line on standard error), an error of `run`, or an error that nobody caught (logged).
 */
export async function runComponent<const T extends FlagTable>(options: ComponentOptions<T>): Promise<never> {
  const table = { ...commonFlags, ...options.flags };
  const config = readCommandLine(options, table);
  const log = createWinstonLogger({
    component: options.name,
    verbosity: config.v,
    format: config.logFormat,
  });
  const deps: Deps = { clock: systemClock, random: systemRandom, log, metrics: createMetrics() };

  const stop = new AbortController();
  // Timers of the clock and idle connections do not keep a process alive; what it has to do does.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  const exit = async (code: number): Promise<never> => {
    clearInterval(alive);
    await log.flush();
    if (config.pidFile) await rm(config.pidFile, { force: true });
    process.exit(code);
  };
  const onSignal = (name: string): void => {
    if (stop.signal.aborted) process.exit(1);
    log.info('stopping', { signal: name });
    stop.abort(new Error(`received ${name}`));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  let isCrashing = false;
  const onCrash = (error: unknown): void => {
    if (isCrashing) return;
    isCrashing = true;
    log.error('unexpected error, exiting', { error });
    void exit(1);
  };
  process.on('uncaughtException', onCrash);
  process.on('unhandledRejection', onCrash);

  try {
    if (config.pidFile) await writeFileAtomic(config.pidFile, `${process.pid}\n`, { mode: 0o644 });
    log.info('starting', { version: productVersion, pid: process.pid, node: process.version });
    await options.run(config, deps, stop.signal);
  } catch (error) {
    if (isCrashing) return new Promise<never>(() => {}); // the crash is logged and about to end the process
    // The reason of our own stop is not a failure.
    if (!(stop.signal.aborted && error === stop.signal.reason)) {
      if (error instanceof FlagError) {
        await log.flush();
        process.stderr.write(`error: ${error.message}\n`);
      } else log.error('failed', { error });
      return exit(1);
    }
  }
  log.info('stopped');
  return exit(0);
}

function readCommandLine<T extends FlagTable>(
  options: ComponentOptions<T>,
  table: typeof commonFlags & T,
): FlagValues<T> & CommonFlags {
  try {
    type Fallback = (values: FlagValues<typeof table>) => Readonly<Record<string, string | readonly string[]>>;
    const parsed = parseFlags(table, options.args ?? process.argv.slice(2), options.fallback as Fallback | undefined);
    switch (parsed.kind) {
      case 'run':
        return parsed.values as FlagValues<T> & CommonFlags;
      case 'help':
        process.stdout.write(formatHelp(table, { ...options, width: process.stdout.columns }));
        process.exit(0);
      // exit does not return
      case 'version':
        process.stdout.write(`k8ts v${productVersion} (Kubernetes v1.36)\n`);
        process.exit(0);
    }
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exit(1);
  }
}

/** A registry of its own with what every process shows: `process_*`, `nodejs_*`, `kubernetes_build_info`. */
export function createMetrics(): Registry {
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  gauge(metrics, {
    name: 'kubernetes_build_info',
    help: "A metric with a constant '1' value labeled by version.",
    labelNames: ['major', 'minor', 'git_version', 'platform'],
  }).set(
    {
      major: kubernetesVersion.major,
      minor: kubernetesVersion.minor,
      git_version: kubernetesVersion.gitVersion,
      platform,
    },
    1,
  );
  return metrics;
}
