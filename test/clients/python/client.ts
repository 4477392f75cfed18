import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run } from '../../e2e/support/run.ts';
import type { ProgramClient } from '../client.ts';

/** The official client for Python, in an environment of its own. */
export const pythonClient: ProgramClient = {
  name: 'python',
  missing: () => (findProgram('python3') ? undefined : 'no python3 on the PATH'),
  async prepare(folder) {
    const python = join(folder, 'venv/bin/python');
    if (!existsSync(python)) await run('python3', ['-m', 'venv', join(folder, 'venv')]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(import.meta.dirname, 'requirements.txt')], {
      timeoutMs: 10 * 60_000,
    });
    return [python, join(import.meta.dirname, 'main.py')];
  },
  lacks: { informer: 'the library has none' },
};
