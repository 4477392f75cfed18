import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../component/clock.ts';
import type { Logger } from '../component/logger.ts';
import type { ClusterPaths } from './cluster-config.ts';
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from './process-identity.ts';

/** What the supervisor needs to know of a process it keeps running. */
export interface SupervisedCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ComponentState {
  readonly identity?: ProcessIdentity;
  readonly startedAtMs: number;
  /** How often it was started again after it had died. */
  readonly restarts: number;
  readonly lastExit?: { readonly code: number | null; readonly signal: string | null; readonly atMs: number };
}

export interface SupervisorState {
  readonly supervisor?: ProcessIdentity;
  readonly components: Readonly<Record<string, ComponentState>>;
}

/** What the state file says; an empty state where there is none. */
export function readSupervisorState(paths: ClusterPaths): SupervisorState {
  if (!existsSync(paths.stateFile)) return { components: {} };
  return JSON.parse(readFileSync(paths.stateFile, 'utf8')) as SupervisorState;
}

const backoffMs = { first: 100, factor: 2, max: 5_000, resetAfter: 30_000 };
const adoptedPollMs = 200;
const logRotateBytes = 64 * 1024 * 1024;

export interface SupervisorOptions {
  readonly paths: ClusterPaths;
  readonly commands: readonly SupervisedCommand[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a component may take from SIGTERM to its end before it is killed. */
  readonly stopTimeoutMs?: number;
}

/**
 * Keeps the processes of a cluster running: each with its own log file and pid file, started again when it dies, with a
 * backoff that forgets after half a minute. Processes that a killed supervisor left behind are taken over, not doubled.
 * Stops them in reverse order.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #states = new Map<string, ComponentState>();
  readonly #kept = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();
  #order: readonly string[] = [];
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Resolves once the signal has aborted and all processes have ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { paths, commands } = this.#options;
    for (const folder of [paths.run, paths.logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.keepRunning(commands);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#isStopping = true;
    for (const name of this.#order.toReversed()) {
      const kept = this.#kept.get(name);
      kept?.stop.abort();
      await kept?.ended;
    }
    rmSync(paths.stateFile, { force: true });
  }

  /** Starts those of the commands that it does not keep running yet; their order is that of the start from now on. */
  keepRunning(commands: readonly SupervisedCommand[]): void {
    if (this.#isStopping) return;
    const earlier = readSupervisorState(this.#options.paths);
    const missing = commands.filter(({ name }) => !this.#kept.has(name));
    this.#order = commands.map(({ name }) => name);
    const adopted = new Map<string, ProcessIdentity>();
    // All states before the first start: the file that a start writes must not forget what is still to be taken over.
    for (const { name } of missing) {
      const state = earlier.components[name];
      const isLeft = state?.identity !== undefined && isAlive(state.identity);
      if (isLeft) adopted.set(name, state.identity!);
      this.#states.set(name, isLeft ? state : { startedAtMs: 0, restarts: 0 });
    }
    for (const command of missing) {
      const stop = new AbortController();
      this.#kept.set(command.name, {
        stop,
        ended: this.#keepOneRunning(command, adopted.get(command.name), stop.signal),
      });
    }
  }

  async #keepOneRunning(
    command: SupervisedCommand,
    adopted: ProcessIdentity | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, log, paths } = this.#options;
    let delayMs = backoffMs.first;
    let identity = adopted;
    let child: ChildProcess | undefined;
    while (!signal.aborted) {
      if (!identity) {
        try {
          child = this.#spawn(command);
          identity = identityOf(child.pid!) ?? { pid: child.pid!, startTicks: '' };
        } catch (error) {
          log.error('component cannot be started', { component: command.name, error });
        }
      }
      const startedMs = clock.monotonicMs();
      let exit: { code: number | null; signal: string | null } = { code: null, signal: null };
      if (identity) {
        this.#update(command.name, { identity, startedAtMs: adopted ? undefined : clock.now() });
        writeFileSync(paths.pidFile(command.name), `${identity.pid}\n`, { mode: 0o644 });
        exit = await this.#untilExit(identity, child, signal);
        rmSync(paths.pidFile(command.name), { force: true });
      }
      adopted = undefined;
      identity = undefined;
      child = undefined;
      if (signal.aborted) break;
      const lastExit = { ...exit, atMs: clock.now() };
      const restarts = (this.#states.get(command.name)?.restarts ?? 0) + 1;
      this.#update(command.name, { identity: undefined, lastExit, restarts });
      if (clock.monotonicMs() - startedMs > backoffMs.resetAfter) delayMs = backoffMs.first;
      log.warn('component ended, starting it again', { component: command.name, ...exit, delayMs, restarts });
      await clock.sleep(delayMs, signal).catch(() => undefined); // aborted: the loop's condition ends it
      delayMs = Math.min(delayMs * backoffMs.factor, backoffMs.max);
    }
    this.#update(command.name, { identity: undefined });
  }

  #spawn(command: SupervisedCommand): ChildProcess {
    const logFile = this.#options.paths.logFile(command.name);
    mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
    if (existsSync(logFile) && statSync(logFile).size > logRotateBytes) renameSync(logFile, `${logFile}.1`);
    const out = openSync(logFile, 'a', 0o600);
    try {
      const child = spawn(command.file, command.args, {
        detached: true, // a session of its own: a Ctrl-C at the terminal is not for it
        stdio: ['ignore', out, out],
        env: { ...process.env, ...command.env },
        cwd: '/',
      });
      child.on('error', (error) =>
        this.#options.log.error('component cannot be started', { component: command.name, error }),
      );
      if (child.pid === undefined) throw new Error(`cannot start ${command.file}`);
      return child;
    } finally {
      closeSync(out);
    }
  }

  /** Resolves when the process has ended; stops it first when the signal aborts. */
  async #untilExit(
    identity: ProcessIdentity,
    child: ChildProcess | undefined,
    signal: AbortSignal,
  ): Promise<{ code: number | null; signal: string | null }> {
    const { clock, log } = this.#options;
    const ended = child ? childExit(child) : this.#pollExit(identity);
    let stopped = false;
    const stop = async (): Promise<void> => {
      signalProcess(identity, 'SIGTERM');
      const timeoutMs = this.#options.stopTimeoutMs ?? 15_000;
      const deadline = clock.monotonicMs() + timeoutMs;
      while (!stopped && clock.monotonicMs() < deadline) await clock.sleep(50);
      if (stopped) return;
      log.warn('component did not stop in time, killing it', { pid: identity.pid, timeoutMs });
      signalProcess(identity, 'SIGKILL');
    };
    let stopping: Promise<void> | undefined;
    const onAbort = (): void => {
      stopping = stop();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const exit = await ended;
    stopped = true;
    signal.removeEventListener('abort', onAbort);
    await stopping;
    return exit;
  }

  /** For a process that is not our child: the kernel tells only its parent. */
  async #pollExit(identity: ProcessIdentity): Promise<{ code: null; signal: null }> {
    while (isAlive(identity)) await this.#options.clock.sleep(adoptedPollMs);
    return { code: null, signal: null };
  }

  #update(name: string, change: Partial<{ [K in keyof ComponentState]: ComponentState[K] }>): void {
    const before = this.#states.get(name) ?? { startedAtMs: 0, restarts: 0 };
    const defined = Object.fromEntries(
      Object.entries(change).filter(([key, value]) => key === 'identity' || value !== undefined),
    );
    this.#states.set(name, { ...before, ...defined });
    const state: SupervisorState = {
      supervisor: identityOf(process.pid),
      components: Object.fromEntries(this.#states),
    };
    const file = this.#options.paths.stateFile;
    writeFileSync(`${file}.tmp`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  }
}

function childExit(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      resolve({ code: child.exitCode, signal: child.signalCode });
    else child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
