import type { ProgramClient } from './client.ts';
import { goClient, goProtobufClient } from './go/client.ts';
import { javaClient } from './java/client.ts';
import { nodeClient } from './node/client.ts';
import { pythonClient } from './python/client.ts';

/** Every client library, a line each; kubectl has tours of its own. */
export const programClients: readonly ProgramClient[] = [
  pythonClient,
  nodeClient,
  goClient,
  goProtobufClient,
  javaClient,
];
