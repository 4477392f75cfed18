import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { until } from '../test/support/until.ts';
import { productVersion } from './version.ts';

/** A component whose flag `--do` says how its run goes. */
const source = (here: string): string => `
import { runComponent } from ${JSON.stringify(new URL('run-component.ts', here).href)};
import { FlagError, defineFlags } from ${JSON.stringify(new URL('flags.ts', here).href)};
await runComponent({
  name: 'kube-thing',
  description: 'Does things.',
  flags: defineFlags({ do: { kind: 'string', default: 'wait', description: 'What to do.' } }),
  run: async (config, deps, signal) => {
    const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
    deps.log.info('running', { what: config.do, metrics: (await deps.metrics.metrics()).length });
    switch (config.do) {
      case 'end': return;
      case 'throw': throw new Error('it broke');
      case 'mistake': throw new FlagError('--do must be something else');
      case 'crash': setTimeout(() => { throw new Error('nobody caught me'); }, 1); break;
      case 'reject': void Promise.reject(new Error('nobody awaited me')); break;
      case 'abort': await stopped; signal.throwIfAborted(); return;
      case 'linger': await stopped; deps.log.info('lingering'); await new Promise((resolve) => setTimeout(resolve, 60000)); return;
    }
    await stopped;
  },
});
`;

describe('a component', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-run-'));
    await writeFile(join(folder, 'main.ts'), source(import.meta.url));
  });
  after(() => rm(folder, { recursive: true }));

  interface Run {
    readonly child: ChildProcess;
    readonly out: () => string;
    readonly err: () => string;
    readonly messages: () => string[];
    readonly code: Promise<number | null>;
  }

  function start(...args: string[]): Run {
    const child = spawn(process.execPath, [join(folder, 'main.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    return {
      child,
      out: () => out,
      err: () => err,
      messages: () =>
        err
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => (JSON.parse(line) as { message: string }).message),
      code: once(child, 'close').then(([code]) => code as number | null),
    };
  }

  it('tells of its flags and its version', async () => {
    const help = start('--help');
    assert.equal(await help.code, 0);
    assert.match(help.out(), /^Does things\.\n\nUsage:\n {2}kube-thing \[flags\]\n/);
    assert.match(help.out(), /--do string .*What to do\. \(default "wait"\)/);
    const version = start('--version');
    assert.equal(await version.code, 0);
    assert.equal(version.out(), `k8ts v${productVersion} (Kubernetes v1.36)\n`);
  });

  it('answers a bad command line with one line and 1', async () => {
    for (const [args, line] of [
      [['--foo'], 'error: unknown flag: --foo\n'],
      [['-v=11'], 'error: invalid argument "11" for "--v" flag: must be at most 10\n'],
    ] as const) {
      const run = start(...args);
      assert.equal(await run.code, 1);
      assert.equal(run.err(), line);
    }
    const run = start('--do=mistake');
    assert.equal(await run.code, 1);
    assert.match(run.err(), /\nerror: --do must be something else\n$/);
  });

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops in order on ${name}`, async () => {
      const pidFile = join(folder, `${name}.pid`);
      const run = start(`--pid-file=${pidFile}`);
      await until(() => run.messages().includes('running'));
      assert.equal(Number(await readFile(pidFile, 'utf8')), run.child.pid);
      run.child.kill(name);
      assert.equal(await run.code, 0);
      assert.deepEqual(run.messages(), ['starting', 'running', 'stopping', 'stopped']);
      assert.equal(existsSync(pidFile), false);
    });
  }

  it('takes the reason of its own stop for no failure', async () => {
    const run = start('--do=abort');
    await until(() => run.messages().includes('running'));
    run.child.kill('SIGTERM');
    assert.equal(await run.code, 0);
  });

  it('ends at once on a second signal', async () => {
    const run = start('--do=linger');
    await until(() => run.messages().includes('running'));
    run.child.kill('SIGTERM');
    await until(() => run.messages().includes('lingering'));
    run.child.kill('SIGTERM');
    assert.equal(await run.code, 1);
  });

  it('ends with 0 when its work is done', async () => {
    assert.equal(await start('--do=end').code, 0);
  });

  for (const [what, message, text] of [
    ['throw', 'failed', 'it broke'],
    ['crash', 'unexpected error, exiting', 'nobody caught me'],
    ['reject', 'unexpected error, exiting', 'nobody awaited me'],
  ] as const) {
    it(`logs the error once and ends with 1 (${what})`, async () => {
      const pidFile = join(folder, `${what}.pid`);
      const run = start(`--do=${what}`, `--pid-file=${pidFile}`, '--log-format=text');
      assert.equal(await run.code, 1);
      const lines = run
        .err()
        .split('\n')
        .filter((line) => line.includes(' ERROR '));
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, new RegExp(`kube-thing: ${message} error="${text}"`));
      assert.equal(existsSync(pidFile), false);
    });
  }
});
