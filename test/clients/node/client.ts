import { join } from 'node:path';
import type { ProgramClient } from '../client.ts';

/** The official client for JavaScript, which the project's own packages bring. */
export const nodeClient: ProgramClient = {
  name: 'node',
  missing: () => undefined,
  prepare: async () => [process.execPath, join(import.meta.dirname, 'main.ts')],
};
