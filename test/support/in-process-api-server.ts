import { defaultConfig, type ApiServerConfig } from '../../apiserver/config.ts';
import { createApiServer, type ApiServer } from '../../apiserver/create-api-server.ts';
import { createMemoryStorage } from '../../apiserver/storage/memory-storage.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import type { Client } from '../../client/client.ts';
import { createInProcessTransport } from '../../client/in-process-transport.ts';
import { createClient } from '../../client/rest-client.ts';
import type { Deps } from '../../component/deps.ts';
import { testDeps } from './api-server.ts';

/** A JSON answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what they expect
  readonly body: any;
}

export interface InProcessApiServer {
  readonly server: ApiServer;
  readonly storage: Storage;
  /** Without credentials: for servers that allow everything. */
  readonly client: Client;
  /** One request; a body that is no string is sent as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  stop(): Promise<void>;
}

/** An API server without sockets that allows everybody everything, ready to be used. The caller stops it. */
export async function startInProcessApiServer(
  options: {
    readonly config?: Partial<ApiServerConfig>;
    readonly storage?: Storage;
    readonly deps?: Partial<Deps>;
  } = {},
): Promise<InProcessApiServer> {
  const deps = testDeps(options.deps);
  const storage = options.storage ?? createMemoryStorage(deps);
  const server = createApiServer({ storage, config: { ...defaultConfig, ...options.config }, deps });
  const stop = new AbortController();
  const running = server.run(stop.signal);
  await server.ready;
  const transport = createInProcessTransport(server.handle);
  return {
    server,
    storage,
    client: createClient({ transport, userAgent: 'tests/1.0' }),
    send: async (method, path, body, headers = {}) => {
      const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
      const response = await transport.request({
        method,
        path,
        headers: {
          'user-agent': 'tests/1.0',
          ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: text,
      });
      const answer = await response.text();
      const isJson = String(response.headers['content-type']).startsWith('application/json');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(answer) : answer };
    },
    stop: async () => {
      transport.close();
      stop.abort(new Error('the test is over'));
      await running;
      if (!options.storage) await storage.close();
    },
  };
}
