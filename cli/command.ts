import type { Command } from 'commander';
import type { Deps } from '../component/deps.ts';

/** What a command may use of the world. */
export interface CliDeps extends Pick<Deps, 'clock' | 'random' | 'log'> {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A line of the registry: adds one command, with its options and action, to the program. Actions throw; the CLI prints. */
export interface CliCommand {
  readonly name: string;
  register(program: Command, deps: CliDeps): void;
}
