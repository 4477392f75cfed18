import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { componentNames } from '../cluster-config.ts';
import { runCommand } from './run-command.ts';
import { SetupError, type SetupStep } from './step.ts';

/** What `bin/start-file.mjs` exports. */
interface StartFileModule {
  currentStartFile(service: { readonly root: string; readonly name: string }): string | undefined;
}

const ownRoot = resolve(fileURLToPath(new URL('../../', import.meta.url)));
const ownServices: readonly string[] = [...componentNames.filter((name) => name !== 'etcd'), 'cluster-dns'];

/**
 * The file that each service of a checkout starts from, with its code compiled: made here, so that no service's first start
 * has to. Nothing where there can be none: outside a checkout, without esbuild, where nothing can be written.
 */
export function startFiles(root = ownRoot, services = ownServices): SetupStep {
  const launcher = join(root, 'bin/k8ts.mjs');
  const missing = async (): Promise<readonly string[]> => {
    if (!existsSync(join(root, 'tsconfig.json')) || !canMake(root)) return [];
    const url = pathToFileURL(join(root, 'bin/start-file.mjs')).href;
    const { currentStartFile } = (await import(url)) as StartFileModule;
    return services.filter((name) => currentStartFile({ root, name }) === undefined);
  };
  return {
    title: 'Start files',
    missing: async () => {
      const names = await missing();
      return names.length > 0 ? names.join(', ') : undefined;
    },
    install: async (report) => {
      for (const name of await missing()) {
        report(name);
        const { code, stderr } = await runCommand(process.execPath, [launcher, name, '--version']);
        if (code !== 0) throw new SetupError(`${name} does not start: ${stderr.trim()}`);
      }
    },
  };
}

function canMake(root: string): boolean {
  try {
    accessSync(join(root, 'node_modules/esbuild'));
    accessSync(join(root, 'node_modules'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
