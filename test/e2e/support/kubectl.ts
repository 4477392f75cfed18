import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run, type Ran } from './run.ts';

/** The kubectl of this machine: $KUBECTL, else the one on the PATH; undefined where there is none. */
export function findKubectl(): string | undefined {
  return process.env['KUBECTL'] ?? findProgram('kubectl');
}

export type Kubectl = (
  args: readonly string[],
  options?: { input?: string; mayFail?: boolean; env?: NodeJS.ProcessEnv },
) => Promise<Ran>;

/** Runs the kubectl at `file` with the kubeconfig. */
export function createKubectl(kubeconfig: string, file: string): Kubectl {
  return (args, options) => run(file, ['--kubeconfig', kubeconfig, ...args], options);
}
