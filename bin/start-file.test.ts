import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';

const root = fileURLToPath(new URL('../', import.meta.url));
/** An optional package: npm leaves it out where it has no binary for the machine. */
const hasEsbuild = existsSync(join(root, 'node_modules/esbuild'));

function run(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(`${stderr}${status}`, '0');
  return stdout;
}

describe('start files', () => {
  for (const [service, source] of [
    ['kube-apiserver', 'apiserver'],
    ['kube-scheduler', 'scheduler'],
    ['kube-controller-manager', 'controllers'],
    ['kubelet', 'kubelet'],
    ['kube-proxy', 'kube-proxy'],
    ['cluster-dns', 'dns'],
  ] as const) {
    it(`${service} says of itself what its sources say`, () => {
      const help = run(join(root, 'bin/k8ts.mjs'), service, '--help');
      assert.equal(help, run(join(root, source, 'main.ts'), '--help'));
      assert.match(help, /--pid-file/);
    });
  }
});

describe('the start file of a small checkout', () => {
  let checkout: string;

  beforeEach(() => {
    checkout = realpathSync(mkdtempSync(join(tmpdir(), 'start-file-')));
    cpSync(join(root, 'bin'), join(checkout, 'bin'), { recursive: true });
    for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(checkout, file));
    writeFileSync(join(checkout, 'package-lock.json'), '{}');
    mkdirSync(join(checkout, 'node_modules'));
    const stamp = createHash('sha256').update('{}').digest('hex');
    writeFileSync(join(checkout, 'node_modules/.k8ts-installed'), stamp);
    mkdirSync(join(checkout, 'dns'));
    writeFileSync(
      join(checkout, 'dns/main.ts'),
      `import { word } from './word.ts';
       const from: string = new Error().stack!.includes('/node_modules/.cache/') ? 'start file' : 'sources';
       const { late } = await import('./late.ts');
       console.log(JSON.stringify({ word, late, from, url: import.meta.url, argv: process.argv.slice(1) }));`,
    );
    writeFileSync(join(checkout, 'dns/late.ts'), `export const late = 'late';`);
    writeWord('first');
  });

  afterEach(() => rmSync(checkout, { recursive: true }));

  function writeWord(word: string): void {
    writeFileSync(join(checkout, 'dns/word.ts'), `export const word = '${word}';`);
  }

  function installEsbuild(): void {
    for (const name of ['esbuild', '@esbuild']) {
      symlinkSync(realpathSync(join(root, 'node_modules', name)), join(checkout, 'node_modules', name));
    }
  }

  function start(): Record<string, unknown> {
    return JSON.parse(run(join(checkout, 'bin/k8ts.mjs'), 'cluster-dns', '--v=1')) as Record<string, unknown>;
  }

  if (hasEsbuild) {
    it('runs as its sources would', () => {
      installEsbuild();
      const main = join(checkout, 'dns/main.ts');
      const expected = { word: 'first', late: 'late', url: pathToFileURL(main).href, argv: [main, '--v=1'] };
      assert.deepEqual(start(), { ...expected, from: 'start file' });
      assert.deepEqual(start(), { ...expected, from: 'start file' });
    });

    it('is made again when a source has changed, and only then', () => {
      installEsbuild();
      start();
      const made = whatWasMade();
      start();
      assert.equal(whatWasMade(), made);
      writeWord('other');
      assert.equal(start().word, 'other');
      assert.notEqual(whatWasMade(), made);
    });
  }

  describe('settings of V8', () => {
    const runWith = (
      service: string,
      env: Record<string, string | undefined> = {},
      ...flags: string[]
    ): [string[], string] => {
      const told = `console.log(JSON.stringify([process.execArgv.filter((flag) => /semi-space|reducer/.test(flag)), process.env.MALLOC_ARENA_MAX]));`;
      for (const folder of ['dns', 'apiserver']) {
        mkdirSync(join(checkout, folder), { recursive: true });
        writeFileSync(join(checkout, folder, 'main.ts'), told);
      }
      return JSON.parse(
        spawnSync(process.execPath, [...flags, join(checkout, 'bin/k8ts.mjs'), service], {
          encoding: 'utf8',
          env: { ...process.env, MALLOC_ARENA_MAX: undefined, ...env },
        }).stdout,
      ) as [string[], string];
    };

    it('are a small heap of young objects, unless whoever starts it has chosen for himself', () => {
      assert.deepEqual(runWith('cluster-dns'), [['--max-semi-space-size=16'], '1']);
      assert.equal(runWith('cluster-dns', {}, '--max-semi-space-size=8')[0].at(-1), '--max-semi-space-size=8');
      assert.deepEqual(runWith('cluster-dns', { MALLOC_ARENA_MAX: '4' }), [[], '4']);
    });

    it('keep the heap of an API server that has nothing to do', () => {
      assert.deepEqual(runWith('kube-apiserver'), [['--max-semi-space-size=16', '--no-memory-reducer'], '1']);
    });
  });

  it('is done without where esbuild is not installed', () => {
    assert.equal(start().from, 'sources');
  });

  function whatWasMade(): string {
    const [list] = globSync(join(checkout, 'node_modules/.cache/k8ts/*/cluster-dns.json'));
    return (JSON.parse(readFileSync(list!, 'utf8')) as { file: string }).file;
  }
});
