import { createProgress } from '../../deploy/progress.ts';
import { setUpHost } from '../../deploy/set-up-host.ts';
import type { CliCommand } from '../command.ts';

export const setupCommand: CliCommand = {
  name: 'setup',
  register(program, deps) {
    program
      .command('setup')
      .description('Install what this host lacks to run a cluster: npm and Debian packages, the Docker daemon')
      .option('--for-tests', 'what only the tests need, too')
      .option('--quiet', 'say nothing when there is nothing to do')
      .action(async (options: { forTests?: boolean; quiet?: boolean }) => {
        const progress = await createProgress(deps.stderr);
        const done = await setUpHost(options.forTests ? 'tests' : 'cluster', { clock: deps.clock, progress });
        if (done === 0 && !options.quiet) deps.stderr.write('Everything is in place.\n');
      });
  },
};
