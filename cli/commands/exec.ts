import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand } from '../command.ts';
import type { ConnectOptions } from '../connect.ts';
import { runExec } from '../exec-session.ts';
import { ExitCode } from '../exit-code.ts';
import { containerOf, defaultedNotice, findPod } from '../find-pod.ts';

interface Options extends ConnectOptions {
  readonly container?: string;
  readonly stdin?: boolean;
  readonly tty?: boolean;
  readonly quiet?: boolean;
}

export const execCommand: CliCommand = {
  name: 'exec',
  register(program, deps) {
    addClusterOptions(program.command('exec <pod> [command...]'))
      .description('Run a command in a container, and end with its exit code: k8ts exec -it POD -- sh')
      .option('-c, --container <name>', 'the container; the first where nothing is said')
      .option('-i, --stdin', 'pass standard input on')
      .option('-t, --tty', 'standard input is a terminal')
      .option('-q, --quiet', 'only what the command prints')
      .action(async (target: string, command: string[], options: Options) => {
        if (command.length === 0) throw new Error('you must specify at least one command for the container');
        const code = await withSession(options, deps, async (session) => {
          const pod = await findPod(session, target, deps.signal);
          if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
            throw new Error(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
          const container = containerOf(pod, options.container);
          if (container.isDefaulted && !options.quiet) deps.stderr.write(defaultedNotice(pod, container.name));
          const tty = options.tty === true && deps.stdin.isTTY === true;
          if (options.tty && !tty)
            deps.stderr.write('Unable to use a TTY - input is not a terminal or the right kind of file\n');
          const query = new URLSearchParams([
            ['container', container.name],
            ...command.map((word) => ['command', word]),
            ...(options.stdin ? [['stdin', 'true']] : []),
            ['stdout', 'true'],
            tty ? ['tty', 'true'] : ['stderr', 'true'],
          ]);
          const { namespace, name } = pod.metadata;
          const path = `/api/v1/namespaces/${namespace}/pods/${name}/exec?${query.toString()}`;
          return runExec(session, { path, stdin: options.stdin ?? false, tty }, deps);
        });
        if (code === 0) return;
        deps.stderr.write(`command terminated with exit code ${code}\n`);
        throw new ExitCode(code);
      });
  },
};
