import { join } from 'node:path';
import { findProgram } from '../../../deploy/setup/run-command.ts';
import { run } from '../../e2e/support/run.ts';
import type { ProgramClient } from '../client.ts';

const buildTimeoutMs = 20 * 60_000;

function clientGo(name: string, contentType: string): ProgramClient {
  return {
    name,
    missing: () => (findProgram('go') ? undefined : 'no go on the PATH'),
    async prepare(folder) {
      const program = join(folder, 'client');
      // Its own caches serve go best: what is unchanged is not built again.
      await run('go', ['build', '-o', program, '.'], { cwd: import.meta.dirname, timeoutMs: buildTimeoutMs });
      return [program];
    },
    env: { CONTENT_TYPE: contentType },
  };
}

/** client-go as it is by default. */
export const goClient = clientGo('go', 'application/json');
/** client-go as Kubernetes' own components use it: it sends protobuf, and reads what the server answers. */
export const goProtobufClient = clientGo('go-protobuf', 'application/vnd.kubernetes.protobuf');
