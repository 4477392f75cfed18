import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';
import { SetupError, type SetupStep } from './step.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const schemaFolder = join(root, 'api/schema');
const stampFile = join(schemaFolder, 'generated', '.stamp');

/** What derives from the table of facts (`npm run generate`), made again when the table or a generator has changed. */
export const generatedFiles: SetupStep = {
  title: 'Generated files',
  missing: async () =>
    existsSync(stampFile) && readFileSync(stampFile, 'utf8') === inputsDigest()
      ? undefined
      : 'API types and descriptions',
  install: async () => {
    const result = await runCommand(process.execPath, [join(schemaFolder, 'generate.ts')]);
    if (result.code !== 0) throw new SetupError(`npm run generate failed: ${result.stderr.trim()}`);
    writeFileSync(stampFile, inputsDigest());
  },
};

function inputsDigest(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(schemaFolder).sort()) {
    if (name === 'table.json' || /^generate.*\.ts$/.test(name)) hash.update(readFileSync(join(schemaFolder, name)));
  }
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex');
}
