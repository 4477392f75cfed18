import type { Clock } from '../../component/clock.ts';
import { clusterPaths, type ClusterConfig, type ComponentName } from '../cluster-config.ts';
import { componentCommands } from '../component-commands.ts';
import { isAlive, signalProcess } from '../process-identity.ts';
import { waitUntilHealthy } from '../readiness.ts';
import { SetupError } from '../setup/step.ts';
import { readSupervisorState } from '../supervisor.ts';
import type { PkiEntry } from './pki-entries.ts';

const stopTimeoutMs = 20_000;
const readyTimeoutMs = 60_000;

/** The components among those running that go on with old certificates until they are started again. */
export function holdersOf(renewed: readonly PkiEntry[], running: readonly ComponentName[]): ComponentName[] {
  return running.filter((name) => renewed.some(({ heldBy }) => heldBy.includes(name)));
}

/**
 * Starts those again, one after the other, that go on with the old of renewed certificates: asks each to stop, and the
 * supervisor starts it. Resolves with their names once all are well. SetupError where one does not stop or come back.
 */
export async function restartHolders(
  config: ClusterConfig,
  renewed: readonly PkiEntry[],
  running: readonly ComponentName[],
  { clock }: { readonly clock: Clock },
): Promise<ComponentName[]> {
  const paths = clusterPaths(config.dataDir);
  const names = holdersOf(renewed, running);
  for (const name of names) {
    const identity = readSupervisorState(paths).components[name]?.identity;
    if (!identity || !signalProcess(identity, 'SIGTERM')) continue;
    const deadline = clock.monotonicMs() + stopTimeoutMs;
    while (isAlive(identity)) {
      if (clock.monotonicMs() > deadline)
        throw new SetupError(`${name} does not stop (pid ${identity.pid}): see ${paths.logFile(name)}`);
      await clock.sleep(25);
    }
    await waitUntilHealthy(componentCommands({ ...config, components: [name] }), {
      clock,
      timeoutMs: readyTimeoutMs,
      onReady: () => undefined,
      logFile: paths.logFile,
    });
  }
  return names;
}
