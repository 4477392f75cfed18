import { defaultDataDir } from '../../deploy/cluster-config.ts';
import { clusterStatus } from '../../deploy/status.ts';
import { humanDuration } from '../../api/meta/duration.ts';
import type { CliCommand } from '../command.ts';
import { printTable } from '../printers/print-table.ts';

export const statusCommand: CliCommand = {
  name: 'status',
  register(program, deps) {
    program
      .command('status')
      .description('Show the processes of the cluster on this host; exits with 1 where one is not ready')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('-o, --output <format>', 'json')
      .action(async (options: { dataDir: string; output?: string }) => {
        const status = await clusterStatus(options.dataDir);
        if (options.output === 'json') deps.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
        else {
          const rows = status.components.map((c) => [
            c.name,
            c.state,
            String(c.pid ?? '-'),
            String(c.restarts),
            c.startedAtMs ? humanDuration(deps.clock.now() - c.startedAtMs) : '-',
            c.why ?? (c.lastExit ? `last ended by ${c.lastExit}` : ''),
          ]);
          deps.stdout.write(printTable(['COMPONENT', 'STATE', 'PID', 'RESTARTS', 'UP', 'NOTE'], rows));
          if (!status.supervised)
            deps.stdout.write(
              'The supervisor does not run: nothing is started again when it dies. k8ts up starts it.\n',
            );
        }
        if (status.components.some((c) => c.state !== 'ready')) process.exitCode = 1;
      });
  },
};
