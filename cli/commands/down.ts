import { defaultDataDir } from '../../deploy/cluster-config.ts';
import { down } from '../../deploy/down.ts';
import { createProgress } from '../../deploy/progress.ts';
import type { CliCommand } from '../command.ts';

export const downCommand: CliCommand = {
  name: 'down',
  register(program, deps) {
    program
      .command('down')
      .description('Stop the cluster of this host with its containers and iptables chains; data stays')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('--purge', 'remove the data directory too', false)
      .action(async (options: { dataDir: string; purge: boolean }) => {
        await down(options, { clock: deps.clock, progress: await createProgress(deps.stderr) });
      });
  },
};
