import { Command, InvalidArgumentError } from 'commander';
import type { Scenario } from './scenario.ts';

export interface Options {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly server?: string;
  readonly token?: string;
  readonly insecure: boolean;
  readonly pid: readonly number[];
  readonly against?: string;
  readonly againstPid: readonly number[];
  readonly pods: number;
  readonly concurrency: number;
  readonly connections: number;
  readonly watchers: number;
  readonly only?: readonly string[];
  readonly http1: boolean;
  readonly json: boolean;
}

/** Reads the command line; prints help or a complaint and ends the process where it must. */
export function parseOptions(argv: readonly string[], scenarios: readonly Scenario[]): Options {
  const names = scenarios.map(({ name }) => name);
  const listed = scenarios.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n');
  return new Command('bench')
    .description('One load for any Kubernetes API server.')
    .option('--kubeconfig <file>', 'the server and who we are; the default is as for kubectl')
    .option('--context <name>', 'a context of it in place of the current one')
    .option('--server <url>', 'the server, in place of a kubeconfig')
    .option('--token <token>', 'bearer token, with --server')
    .option('--insecure', 'accept any certificate, with --server', false)
    .option('--pid <pids>', 'processes of the server, for memory and CPU time: 1,2,3', integers, [])
    .option('--against <file>', 'kubeconfig of a second server: prints how the first compares')
    .option('--against-pid <pids>', 'processes of the second server', integers, [])
    .option('--pods <count>', 'pods to make', positive, 1000)
    .option('--concurrency <count>', 'requests at a time', positive, 32)
    .option('--connections <count>', 'HTTP/2 connections they share', positive, 4)
    .option('--watchers <count>', 'watchers in the watch scenario', positive, 200)
    .option('--only <names>', 'scenarios to run: create,get', (text) => chosen(text, names))
    .option('--http1', 'HTTP/1.1 only', false)
    .option('--json', 'print JSON in place of tables', false)
    .addHelpText('after', `\nScenarios, in their order:\n${listed}`)
    .parse(argv as string[], { from: 'user' })
    .opts<Options>();
}

/** @throws InvalidArgumentError for what is no whole number above 0 */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

const integers = (text: string): number[] => text.split(',').map(positive);

function chosen(text: string, names: readonly string[]): string[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`There is no scenario ${unknown.join(', ')}.`);
  return wanted;
}
