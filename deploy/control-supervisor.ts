import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../component/clock.ts';
import { componentNames, type ClusterPaths, type ComponentName } from './cluster-config.ts';
import { isAlive, signalProcess } from './process-identity.ts';
import { SetupError } from './setup/step.ts';
import { readSupervisorState } from './supervisor.ts';

const main = fileURLToPath(new URL('./supervisor-main.ts', import.meta.url));
const stopTimeoutMs = 90_000;

/** True where the supervisor of this data directory runs. */
export function supervisorRuns(paths: ClusterPaths): boolean {
  const { supervisor } = readSupervisorState(paths);
  return supervisor !== undefined && isAlive(supervisor);
}

/** The components whose processes are alive, whether or not their supervisor still is. */
export function runningComponents(paths: ClusterPaths): ComponentName[] {
  const { components } = readSupervisorState(paths);
  return componentNames.filter((name) => {
    const identity = components[name]?.identity;
    return identity !== undefined && isAlive(identity);
  });
}

/** Tells a running supervisor that `cluster.json` names more components than before. */
export function reloadSupervisor(paths: ClusterPaths): void {
  const { supervisor } = readSupervisorState(paths);
  if (supervisor) signalProcess(supervisor, 'SIGHUP');
}

/** Starts the supervisor as a process of its own that outlives this one. Resolves once it is in charge. */
export async function startSupervisor(paths: ClusterPaths, clock: Clock): Promise<void> {
  for (const folder of [paths.logs, paths.run]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = openSync(paths.logFile('supervisor'), 'a', 0o600);
  const child = spawn(process.execPath, [main, paths.dataDir], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  closeSync(log);
  child.unref();
  const isInCharge = (): boolean => readSupervisorState(paths).supervisor?.pid === child.pid;
  while (!isInCharge()) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new SetupError(`the supervisor does not start: see ${paths.logFile('supervisor')}`);
    await clock.sleep(10);
  }
}

/**
 * Stops all that `up` started. The supervisor does it, components in reverse order; where it was killed itself, what it
 * left is stopped one by one. Resolves with the names of what was stopped; empty where nothing ran.
 */
export async function stopSupervised(paths: ClusterPaths, clock: Clock): Promise<string[]> {
  const { supervisor, components } = readSupervisorState(paths);
  const alive = Object.entries(components).flatMap(([name, { identity }]) =>
    identity && isAlive(identity) ? [{ name, identity }] : [],
  );
  const deadline = clock.monotonicMs() + stopTimeoutMs;
  if (supervisor && signalProcess(supervisor, 'SIGTERM')) {
    while (isAlive(supervisor)) {
      if (clock.monotonicMs() > deadline)
        throw new SetupError(
          `the supervisor (pid ${supervisor.pid}) does not stop: see ${paths.logFile('supervisor')}`,
        );
      await clock.sleep(25);
    }
  }
  for (const { identity } of alive.toReversed()) {
    if (!signalProcess(identity, 'SIGTERM')) continue;
    const killAt = clock.monotonicMs() + 15_000;
    while (isAlive(identity) && clock.monotonicMs() < killAt) await clock.sleep(25);
    signalProcess(identity, 'SIGKILL');
  }
  rmSync(paths.stateFile, { force: true });
  return alive.map(({ name }) => name);
}
