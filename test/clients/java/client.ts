import { copyFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run } from '../../e2e/support/run.ts';
import type { ProgramClient } from '../client.ts';

/** The official client for Java, built by Maven. */
export const javaClient: ProgramClient = {
  name: 'java',
  missing: () => {
    const missing = ['java', 'javac', 'mvn'].filter((program) => !findProgram(program));
    return missing.length > 0 ? `no ${missing.join(', ')} on the PATH` : undefined;
  },
  async prepare(folder) {
    copyFileSync(join(import.meta.dirname, 'pom.xml'), join(folder, 'pom.xml'));
    cpSync(join(import.meta.dirname, 'src'), join(folder, 'src'), { recursive: true });
    await run('mvn', ['--batch-mode', '--quiet', 'compile', 'dependency:copy-dependencies'], {
      cwd: folder,
      timeoutMs: 20 * 60_000,
    });
    return ['java', '-cp', `${join(folder, 'target/classes')}:${join(folder, 'target/dependency')}/*`, 'Main'];
  },
};
