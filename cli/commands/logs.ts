import { existsSync } from 'node:fs';
import { hasReason } from '../../api/meta/errors.ts';
import { TransportError } from '../../client/transport.ts';
import { clusterPaths, componentNames, defaultDataDir } from '../../deploy/cluster-config.ts';
import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand } from '../command.ts';
import { NoClusterError, type ConnectOptions } from '../connect.ts';
import { followFile } from '../follow-file.ts';
import { messageOf } from '../message-of.ts';
import { printPodLogs } from '../pod-logs.ts';

interface Options extends ConnectOptions {
  readonly dataDir: string;
  readonly follow?: boolean;
  readonly tail?: string;
  readonly container?: string;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  readonly since?: string;
}

const ownLogs: readonly string[] = ['supervisor', ...componentNames];

export const logsCommand: CliCommand = {
  name: 'logs',
  register(program, deps) {
    addClusterOptions(program.command('logs <target>'))
      .description(
        `Print the log of a pod (NAME, pod/NAME, deploy/NAME), or of a component of this host's cluster: ${ownLogs.join(', ')}`,
      )
      .option('--data-dir <dir>', 'where the cluster of this host keeps its state', defaultDataDir)
      .option('-f, --follow', 'go on printing what is added')
      .option('--tail <lines>', 'only the last lines')
      .option('-c, --container <name>', 'the container of the pod')
      .option('-p, --previous', 'of the container before its last restart')
      .option('--timestamps', 'put its time before each line')
      .option('--since <duration>', 'only what is newer, such as 5s, 2m or 3h')
      .action(async (target: string, options: Options) => {
        const tailLines = options.tail === undefined || options.tail === '-1' ? undefined : Number(options.tail);
        if (tailLines !== undefined && !(Number.isInteger(tailLines) && tailLines >= 0))
          throw new Error(`--tail ${options.tail} is not a number of lines`);
        if (!ownLogs.includes(target)) {
          await withSession(options, deps, (session) =>
            printPodLogs(session, target, { ...options, tailLines }, deps),
          ).catch((cause: unknown) => {
            throw nameIsUnknown(target, cause) ?? cause;
          });
          return;
        }
        const file = clusterPaths(options.dataDir).logFile(target);
        if (!existsSync(file)) throw new Error(`${target} has not been started: there is no ${file}`);
        await followFile(
          file,
          { tailLines, follow: options.follow ?? false, write: (chunk) => void deps.stdout.write(chunk) },
          deps,
        );
      });
  },
};

/** The failure for a plain name that is no component's, where it is no pod's either or nobody can be asked. */
function nameIsUnknown(target: string, cause: unknown): Error | undefined {
  const cannotAsk = cause instanceof NoClusterError || cause instanceof TransportError;
  if (target.includes('/') || !(cannotAsk || hasReason(cause, 'NotFound'))) return undefined;
  const why = cannotAsk
    ? `whether it is a pod cannot be asked: ${messageOf(cause).replace(/^error: /, '')}`
    : 'nor is there a pod of that name';
  return new Error(`there is no component "${target}" (there are ${ownLogs.join(', ')}), ${why}`, { cause });
}
