import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Clock } from '../component/clock.ts';
import { clusterPaths, type ClusterConfig } from './cluster-config.ts';
import { componentCommands, type ComponentCommand } from './component-commands.ts';
import { stopSupervised } from './control-supervisor.ts';
import { readClusterConfig } from './resolve-cluster.ts';
import type { Progress } from './setup/run-steps.ts';
import { runCommand } from './setup/run-command.ts';
import { SetupError } from './setup/step.ts';

/** The components that leave something on the host besides files, and clean it up when run with `--cleanup`. */
const leavesThings = ['kubelet', 'kube-proxy'] as const;

/**
 * Stops everything that `up` started: the processes, then the containers, mounts and iptables chains they made. Data
 * stays unless `purge` is asked for. Nothing running is not an error.
 */
export async function down(
  options: { readonly dataDir: string; readonly purge: boolean },
  deps: { readonly clock: Clock; readonly progress: Progress },
): Promise<void> {
  const paths = clusterPaths(options.dataDir);
  const config = readClusterConfig(options.dataDir);
  if (!config) throw new SetupError(`there is no cluster in ${paths.dataDir}`);
  deps.progress.start('Stopping the cluster');
  const stopped = await stopSupervised(paths, deps.clock);
  deps.progress.succeed(stopped.length > 0 ? `Stopped ${stopped.join(', ')}` : 'Nothing was running');
  for (const command of cleanupCommands(config)) {
    const title = `Removing what ${command.name} left on the host`;
    deps.progress.start(title);
    const result = await runCommand(command.file, [...command.args, '--cleanup']);
    if (result.code !== 0) {
      deps.progress.fail(title);
      throw new SetupError(`${command.name} --cleanup failed: ${result.stderr.trim().split('\n').at(-1)}`);
    }
    deps.progress.succeed(title);
  }
  if (!options.purge) {
    writeFileSync(paths.configFile, `${JSON.stringify({ ...config, startedSinceDown: [] }, undefined, 2)}\n`, {
      mode: 0o600,
    });
    return;
  }
  const mounts = mountsBelow(paths.dataDir, readFileSync('/proc/self/mounts', 'utf8'));
  if (mounts.length > 0) throw new SetupError(`${mounts[0]} is still mounted: umount it, then run this again`);
  rmSync(paths.dataDir, { recursive: true, force: true });
  deps.progress.succeed(`Removed ${paths.dataDir}`);
}

function cleanupCommands(config: ClusterConfig): ComponentCommand[] {
  return componentCommands({
    ...config,
    components: leavesThings.filter((name) => config.startedSinceDown.includes(name)),
  });
}

/** Mount points at or below a folder, deepest first, from the text of /proc/self/mounts (octal escapes, proc(5)). */
export function mountsBelow(folder: string, mounts: string): string[] {
  return mounts
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}
