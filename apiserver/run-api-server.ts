import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { resources } from '../api/resources/index.ts';
import { collectStartGarbage } from '../component/collect-start-garbage.ts';
import type { Deps } from '../component/deps.ts';
import { flagTexts } from '../component/flag-texts.ts';
import { FlagError } from '../component/flags.ts';
import { letHeapGrow } from '../component/let-heap-grow.ts';
import { quietMoment } from '../component/quiet-moment.ts';
import { tlsOffer } from '../component/tls-flags.ts';
import { openAudit } from './audit/open-audit.ts';
import { flags, type ApiServerFlags } from './config.ts';
import { createApiServer } from './create-api-server.ts';
import { openConfig } from './open-config.ts';
import { startHttpsServer } from './server/https-server.ts';
import { parseNamedFiles } from './server/named-certificates.ts';
import { openServingFiles } from './server/serving-files.ts';
import type { OpenEncryption } from './storage/encryption/open-encryption.ts';
import { createEtcd3Storage } from './storage/etcd3-storage/etcd3-storage.ts';
import { namesFromRows } from './storage/keys.ts';
import { createMemoryStorage } from './storage/memory-storage.ts';
import type { Storage } from './storage/storage.ts';

/** The limit is two and a half times what lives. */
const heapGrowthPercent = 150;
/** Of a server that has loaded few objects, or none. */
const smallHeapBytes = 48 << 20;

/** The whole service: store, server and sockets, until the signal aborts. */
export async function runApiServer(values: ApiServerFlags, deps: Deps, signal: AbortSignal): Promise<void> {
  const { config, run: followConfig } = await openConfig(values, deps);
  const file = values.encryptionProviderConfig;
  const { storage, encryption } = file
    ? await openEncryptedStorage(file, values, deps)
    : { storage: openStorage(values, deps) };
  const audit = await openAudit(values, deps);
  const server = createApiServer({
    storage,
    config,
    deps,
    auditor: audit?.auditor,
    healthChecks: encryption ? [encryption.check] : [],
    flags: flagTexts(flags, values),
  });
  const files = await openServingFiles(
    {
      certificateFile: values.tlsCertFile,
      keyFile: values.tlsPrivateKeyFile,
      folder: values.certDir,
      ipAddresses: [config.advertise.address],
      named: values.tlsSniCertKey.map(parseNamedFiles),
      clientCaFiles: [values.clientCaFile, values.requestheaderClientCaFile].filter((ca) => ca !== undefined),
    },
    deps,
  );
  // The store is followed for as long as requests are served, and requests are served until whoever balances load knows.
  const served = new AbortController();
  const running = Promise.all([server.run(served.signal), encryption?.run(served.signal), followConfig(served.signal)]);
  const listening = new AbortController();
  const stop = async (): Promise<void> => {
    server.beginShutdown();
    await deps.clock.sleep(values.shutdownDelayDuration);
    listening.abort(signal.reason);
  };
  signal.addEventListener('abort', () => void stop(), { once: true });
  const front = await startHttpsServer(
    {
      bindAddress: values.bindAddress,
      port: values.securePort,
      ...files.material,
      tls: tlsOffer(values),
      maxConcurrentStreams: values.http2MaxStreamsPerConnection,
      goawayChance: values.goawayChance,
    },
    server.handle,
    deps,
    listening.signal,
  );
  const following = files.follow((material) => front.setMaterial(material), listening.signal);
  deps.log.info('serving securely', { address: values.bindAddress, port: front.port });
  void server.ready.then(async () => {
    deps.log.info('ready');
    letHeapGrow(heapGrowthPercent);
    // Either holds up requests; where they come without end, V8 soon looks through the heap by itself.
    if (!(await quietMoment(deps.clock, listening.signal))) return;
    // Also where this process is killed, the next one starts from compiled code.
    flushCompileCache();
    collectStartGarbage(smallHeapBytes);
  });
  await front.closed;
  await following;
  served.abort(new Error('the server is stopping'));
  await running;
  await audit?.close();
  await storage.close();
}

/** Ciphers and the client of key services are loaded only by a server that encrypts. */
async function openEncryptedStorage(
  file: string,
  values: ApiServerFlags,
  deps: Deps,
): Promise<{ readonly storage: Storage; readonly encryption?: OpenEncryption }> {
  const { createEncryptedStorage } = await import('./storage/encryption/encrypted-storage.ts');
  const { openEncryption } = await import('./storage/encryption/open-encryption.ts');
  const automaticReload = values.encryptionProviderConfigAutomaticReload;
  const encryption = await openEncryption({ file, automaticReload, namesOf: namesFromRows(resources) }, deps);
  return { encryption, storage: createEncryptedStorage(openStorage(values, deps), encryption.transformersOf) };
}

function openStorage(values: ApiServerFlags, deps: Deps): Storage {
  if (values.storageBackend === 'memory') return createMemoryStorage(deps);
  if (values.etcdServers.length === 0) throw new FlagError('--etcd-servers must be specified');
  const read = (file: string | undefined): Buffer | undefined => (file ? readFileSync(file) : undefined);
  return createEtcd3Storage({
    endpoints: values.etcdServers,
    prefix: values.etcdPrefix,
    tls: { ca: read(values.etcdCafile), cert: read(values.etcdCertfile), key: read(values.etcdKeyfile) },
    resourceNames: namesFromRows(resources),
    deps,
  });
}
