import { Command } from 'commander';
import { systemClock } from '../component/clock.ts';
import { silentLogger } from '../component/logger.ts';
import { systemRandom } from '../component/random.ts';
import { productVersion } from '../component/version.ts';
import type { CliDeps } from './command.ts';
import { commands } from './commands/index.ts';
import { ExitCode } from './exit-code.ts';
import { messageOf } from './message-of.ts';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error('interrupted'));
  });

const deps: CliDeps = {
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  signal: stop.signal,
};

const program = new Command('k8ts')
  .description('Kubernetes in TypeScript: run a cluster, and use one')
  .version(`k8ts v${productVersion} (Kubernetes v1.36)`)
  .showHelpAfterError('(k8ts --help lists the commands)')
  .enablePositionalOptions();
for (const command of commands) command.register(program, deps);

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  if (error instanceof ExitCode) process.exit(error.code);
  if (!stop.signal.aborted) process.stderr.write(`${messageOf(error)}\n`);
  process.exit(stop.signal.aborted ? 130 : 1);
}
