import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startFiles } from './start-files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** An optional package: npm leaves it out where it has no binary for the machine. */
const hasEsbuild = existsSync(join(root, 'node_modules/esbuild'));

describe('the start files of a host', () => {
  let checkout: string;
  const service = (text: string): void => writeFileSync(join(checkout, 'dns/main.ts'), text);
  const installEsbuild = (): void => {
    for (const name of ['esbuild', '@esbuild'])
      symlinkSync(realpathSync(join(root, 'node_modules', name)), join(checkout, 'node_modules', name));
  };

  beforeEach(() => {
    checkout = realpathSync(mkdtempSync(join(tmpdir(), 'start-files-')));
    cpSync(join(root, 'bin'), join(checkout, 'bin'), { recursive: true });
    for (const file of ['package.json', 'tsconfig.json']) cpSync(join(root, file), join(checkout, file));
    writeFileSync(join(checkout, 'package-lock.json'), '{}');
    for (const folder of ['node_modules', 'dns']) mkdirSync(join(checkout, folder));
    writeFileSync(join(checkout, 'node_modules/.k8ts-installed'), createHash('sha256').update('{}').digest('hex'));
    service(`const word: string = 'v1'; console.log(word);`);
  });
  afterEach(() => rmSync(checkout, { recursive: true }));

  const step = (): ReturnType<typeof startFiles> => startFiles(checkout, ['cluster-dns']);

  if (hasEsbuild) {
    it('are made before a service starts, and again once its sources have changed', async () => {
      installEsbuild();
      assert.equal(await step().missing(), 'cluster-dns');
      const told: string[] = [];
      await step().install((line) => told.push(line));
      assert.deepEqual(told, ['cluster-dns']);
      assert.equal(await step().missing(), undefined);
      service(`console.log('v2');`);
      assert.equal(await step().missing(), 'cluster-dns');
    });

    it('are not there where the service does not start, which is told', async () => {
      installEsbuild();
      service(`throw new Error('no such luck');`);
      await assert.rejects(
        step().install(() => {}),
        /cluster-dns does not start: [^]*no such luck/,
      );
    });
  }

  it('are nobody’s business without esbuild', async () => {
    assert.equal(await step().missing(), undefined);
  });
});
