import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import type { Auditor } from '../../apiserver/audit/request-audit.ts';
import { defaultConfig, type ApiServerConfig } from '../../apiserver/config.ts';
import { createApiServer, type ApiServer } from '../../apiserver/create-api-server.ts';
import { startHttpsServer } from '../../apiserver/server/https-server.ts';
import { servingCertificate } from '../../apiserver/server/serving-certificate.ts';
import { createMemoryStorage } from '../../apiserver/storage/memory-storage.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import type { Client } from '../../client/client.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { createClient } from '../../client/rest-client.ts';
import { bearer, fixedCredential } from '../../client/credentials.ts';
import { systemClock } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import { silentLogger } from '../../component/logger.ts';
import { systemRandom } from '../../component/random.ts';

export interface TestApiServer {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Of the user `admin` in `system:masters`. */
  readonly token: string;
  /** PEM of the serving certificate's authority. */
  readonly ca: string;
  /** Over HTTPS, as admin. */
  readonly client: Client;
  readonly handle: ApiServer['handle'];
  readonly server: ApiServer;
  stop(): Promise<void>;
}

export interface TestApiServerOptions {
  /** What differs from the defaults. */
  readonly config?: Partial<ApiServerConfig>;
  /** A memory storage of its own where none is given. */
  readonly storage?: Storage;
  readonly deps?: Partial<Deps>;
  readonly auditor?: Auditor;
  /** File with the authority of client certificates that are taken. */
  readonly clientCaFile?: string;
  /** More lines for the token file: `token,user,uid,"group1,group2"`. */
  readonly tokens?: readonly string[];
  /** A free one where nothing is said. */
  readonly port?: number;
}

export const adminToken = 'admintoken';

/** Deps of the real world, that log nothing and count into a registry of their own. */
export function testDeps(deps: Partial<Deps> = {}): Deps {
  return { clock: systemClock, random: systemRandom, log: silentLogger, metrics: new Registry(), ...deps };
}

/** A whole API server over HTTPS on a free port of the loopback, ready to be used. The caller stops it. */
export async function startTestApiServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'k8ts-apiserver-'));
  const tokenAuthFile = join(folder, 'tokens.csv');
  await writeFile(
    tokenAuthFile,
    [`${adminToken},admin,admin-uid,"system:masters"`, ...(options.tokens ?? []), ''].join('\n'),
  );
  const deps = testDeps(options.deps);
  const storage = options.storage ?? createMemoryStorage(deps);
  const config: ApiServerConfig = {
    ...defaultConfig,
    advertise: { address: '192.0.2.1', port: 6443 }, // endpoints may not be on the loopback
    ...options.config,
  };
  const server = createApiServer({
    storage,
    config: {
      ...config,
      authentication: { tokenAuthFile, clientCaFile: options.clientCaFile, ...config.authentication },
    },
    deps,
    auditor: options.auditor,
  });
  const stop = new AbortController();
  const running = server.run(stop.signal);
  const pair = await servingCertificate({ folder, ipAddresses: ['127.0.0.1'] }, deps);
  const front = await startHttpsServer(
    {
      bindAddress: '127.0.0.1',
      port: options.port ?? 0,
      drainMs: 1000,
      ...pair,
      clientCa: options.clientCaFile ? [await readFile(options.clientCaFile, 'utf8')] : [],
    },
    server.handle,
    deps,
    stop.signal,
  );
  await server.ready;
  const url = `https://127.0.0.1:${front.port}`;
  const transport = createHttpsTransport({
    server: url,
    certificateAuthority: pair.certificate,
    credentials: fixedCredential(bearer(adminToken)),
    deps,
  });
  return {
    url,
    token: adminToken,
    ca: pair.certificate,
    client: createClient({ transport }),
    handle: server.handle,
    server,
    stop: async () => {
      transport.close();
      stop.abort(new Error('the test is over'));
      await front.closed;
      await running;
      if (!options.storage) await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
