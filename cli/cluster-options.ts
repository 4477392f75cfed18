import type { Command } from 'commander';
import type { CliDeps } from './command.ts';
import { openSession, type ConnectOptions, type Session } from './connect.ts';

/** Adds the flags by which a person chooses cluster and namespace. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the kubeconfig file to use')
    .option('--context <name>', 'the context of the kubeconfig to use')
    .option('--cluster <name>', 'the cluster of the kubeconfig to use')
    .option('--user <name>', 'the user of the kubeconfig to use')
    .option('-s, --server <url>', 'the address of the API server')
    .option('-n, --namespace <name>', 'the namespace to act in');
}

/** Runs an action with a session and closes it afterwards. */
export async function withSession<T>(
  options: ConnectOptions,
  deps: CliDeps,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(options, deps);
  try {
    return await action(session);
  } finally {
    session.transport.close();
  }
}
