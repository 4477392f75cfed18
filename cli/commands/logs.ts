import { existsSync } from 'node:fs';
import { clusterPaths, componentNames, defaultDataDir } from '../../deploy/cluster-config.ts';
import { followFile } from '../follow-file.ts';
import type { CliCommand } from '../command.ts';

type Options = { dataDir: string; follow?: boolean; tail?: string };

const ownLogs: readonly string[] = ['supervisor', ...componentNames];

export const logsCommand: CliCommand = {
  name: 'logs',
  register(program, deps) {
    program
      .command('logs <component>')
      .description(`Print the log of a component of this host's cluster: ${ownLogs.join(', ')}`)
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('-f, --follow', 'go on printing what is added')
      .option('--tail <lines>', 'only the last lines')
      .action(async (component: string, options: Options) => {
        if (!ownLogs.includes(component))
          throw new Error(`there is no component "${component}": choose from ${ownLogs.join(', ')}`);
        const file = clusterPaths(options.dataDir).logFile(component);
        if (!existsSync(file)) throw new Error(`${component} has not been started: there is no ${file}`);
        const tailLines = options.tail === undefined ? undefined : Number(options.tail);
        if (tailLines !== undefined && !(Number.isInteger(tailLines) && tailLines >= 0))
          throw new Error(`--tail ${options.tail} is not a number of lines`);
        await followFile(
          file,
          { tailLines, follow: options.follow ?? false, write: (chunk) => void deps.stdout.write(chunk) },
          deps,
        );
      });
  },
};
