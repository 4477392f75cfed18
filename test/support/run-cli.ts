import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import type { CliDeps } from '../../cli/command.ts';
import { commands } from '../../cli/commands/index.ts';
import { ExitCode } from '../../cli/exit-code.ts';
import { messageOf } from '../../cli/message-of.ts';
import type { Clock } from '../../component/clock.ts';
import { toYaml } from '../../component/yaml.ts';
import type { TestApiServer } from './api-server.ts';
import { createTestDeps } from './test-deps.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  /** Told all of the standard output there is so far, whenever something is added. */
  readonly onStdout?: (text: string) => void;
}

export interface TestCli {
  readonly kubeconfig: string;
  /** `k8ts ARGS` in this process, against the server. */
  run(args: readonly string[], options?: CliRunOptions): Promise<CliRun>;
  /** A file in a folder that goes with the test. */
  file(name: string, text: string): string;
  remove(): void;
}

/** The CLI with a kubeconfig for one API server, and a folder for files. The caller removes it. */
export function createTestCli(server: Pick<TestApiServer, 'url' | 'token'> & { readonly ca?: string }): TestCli {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-cli-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const authority = server.ca ? { 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } : {};
  const kubeconfig = file(
    'kubeconfig',
    toYaml({
      clusters: [{ name: 'test', cluster: { server: server.url, ...authority } }],
      users: [{ name: 'admin', user: { token: server.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    }),
  );
  return {
    kubeconfig,
    file,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    run: ([command, ...args], options) => runCli([command!, '--kubeconfig', kubeconfig, ...args], options),
  };
}

/** `k8ts ARGS` in this process. */
export async function runCli(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  const text = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof text): NodeJS.WriteStream => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => {
      text[name] += chunk.toString();
      if (name === 'stdout') options.onStdout?.(text.stdout);
    });
    return stream as unknown as NodeJS.WriteStream;
  };
  const stdin = new PassThrough();
  stdin.end(options.input ?? '');
  const deps: CliDeps = {
    ...createTestDeps(),
    ...(options.clock ? { clock: options.clock } : {}),
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    stdin: stdin as unknown as NodeJS.ReadStream,
    signal: options.signal ?? new AbortController().signal,
  };
  const program = new Command('k8ts').exitOverride().enablePositionalOptions();
  program.configureOutput({ writeErr: (line) => void (text.stderr += line) });
  for (const command of commands) command.register(program, deps);
  let code = 0;
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = error instanceof ExitCode ? error.code : 1;
    if (!(error instanceof ExitCode)) text.stderr += `${messageOf(error)}\n`;
  }
  await new Promise((resolve) => setImmediate(resolve)); // what was written last has been collected
  return { code, ...text };
}
