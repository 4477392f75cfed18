import { mkdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../client/client-flags.ts';
import { createDelegatedAuth } from '../client/delegated-auth.ts';
import { createEventRecorder, type EventRecorder } from '../client/event-recorder.ts';
import type { Deps } from '../component/deps.ts';
import { FlagError } from '../component/flags.ts';
import { tlsOffer } from '../component/tls-flags.ts';
import { startServer } from '../component/serving.ts';
import { bootstrapClient } from './certificates/bootstrap.ts';
import { createCertificateStore } from '../component/certificate-store.ts';
import { rotateClientCertificate } from './certificates/rotate-client-certificate.ts';
import { cleanUp } from './clean-up.ts';
import type { KubeletConfig } from './config.ts';
import { createKubelet } from './kubelet.ts';
import { nodeNameOf } from './node/configured-node.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import { REGISTRY } from './runtime/index.ts';
import { createStreamingHandlers } from './server/streaming.ts';
import { hostMounter } from './volumes/mounter.ts';
import { createKubeletServer } from './server/kubelet-server.ts';

/** A kubelet as its own process: runtime, API server, node, pods and its servers, until the signal aborts. */
export async function runKubelet(config: KubeletConfig, deps: Deps, signal: AbortSignal): Promise<void> {
  const { log } = deps;
  await mkdir(config.rootDir, { recursive: true, mode: 0o750 });
  const runtime = await createRuntime(config, deps);
  if (config.cleanup) {
    const { cgroupRoot } = config;
    return cleanUp({ runtime, mounter: hostMounter, rootDir: await realpath(config.rootDir), cgroupRoot }, deps);
  }
  const certificateFolder = config.certDir || join(config.rootDir, 'pki');
  const store = createCertificateStore(certificateFolder, deps);
  const nodeName = nodeNameOf(config);
  if (config.bootstrapKubeconfig) {
    const { kubeconfig, bootstrapKubeconfig } = config;
    if (!kubeconfig)
      throw new FlagError('--kubeconfig must be given with --bootstrap-kubeconfig: it is where the result is written');
    await bootstrapClient({ kubeconfig, bootstrapKubeconfig, nodeName, store }, deps, signal);
  }
  const connected = config.kubeconfig || config.master ? await connect(config, 'kubelet', deps) : undefined;
  if (!connected) log.warn('without --kubeconfig only static pods run');
  const recorder = connected
    ? createEventRecorder({ component: 'kubelet', host: nodeName }, connected.unlimited('events'), deps)
    : silentRecorder;
  const kubelet = await createKubelet(
    {
      config,
      runtime,
      client: connected?.client,
      heartbeatClient: connected?.unlimited('heartbeat'),
      recorder,
    },
    deps,
  );

  const auth = connected
    ? createDelegatedAuth(
        { allowAnonymous: config.anonymousAuth, cacheMs: config.authenticationTokenWebhookCacheTtl },
        { tokens: connected.client, access: connected.client },
        deps,
      )
    : undefined;
  const server = createKubeletServer({ kubelet, config, auth, streaming: createStreamingHandlers(deps) }, deps);
  const front = await startServer(
    {
      bindAddress: config.address,
      port: config.port,
      tls: {
        certificateFile: config.tlsCertFile || undefined,
        keyFile: config.tlsPrivateKeyFile || undefined,
        certificateFolder,
        pairName: 'kubelet',
        offer: tlsOffer(config),
        clientCa: config.clientCaFile ? await readClientCa(config.clientCaFile) : undefined,
      },
      checks: [{ name: 'syncloop', check: () => kubelet.checkSync() }],
      authorize: server.authorize,
      authorizesHealth: true,
      routers: [server.router],
    },
    deps,
    signal,
  );
  server.attach(front.server);
  const healthz =
    config.healthzPort === 0
      ? undefined
      : await startServer(
          {
            bindAddress: config.healthzBindAddress,
            port: config.healthzPort,
            checks: [{ name: 'syncloop', check: () => kubelet.checkSync() }],
            metrics: false,
          },
          deps,
          signal,
        );
  log.info('serving', { url: front.url });
  // A certificate that somebody else has put into the kubeconfig is theirs to renew.
  const rotating =
    connected && config.rotateCertificates && (await store.current())
      ? rotateClientCertificate({ client: connected.unlimited('certificates'), nodeName, store }, deps, signal)
      : undefined;
  await kubelet.run(signal);
  await rotating;
  await Promise.all([front.closed, healthz?.closed]);
  connected?.transport.close();
}

async function createRuntime(config: KubeletConfig, deps: Deps): Promise<ContainerRuntime> {
  const entry = REGISTRY.find(({ serves }) => serves(config.containerRuntimeEndpoint));
  if (!entry) {
    const known = REGISTRY.map(({ name }) => name).join(', ');
    throw new FlagError(
      `--container-runtime-endpoint: no runtime for ${config.containerRuntimeEndpoint} (there is ${known})`,
    );
  }
  return entry.create(
    {
      endpoint: config.containerRuntimeEndpoint || undefined,
      instance: await realpath(config.rootDir),
      sandboxImage: config.podInfraContainerImage || undefined,
      cgroupDriver: config.cgroupDriver || undefined,
      containerLogMaxSize: config.containerLogMaxSize,
      containerLogMaxFiles: config.containerLogMaxFiles,
    },
    deps,
  );
}

async function readClientCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new FlagError(`--client-ca-file: ${(error as Error).message}`);
  }
}

const silentRecorder: EventRecorder = { event: () => {}, flush: () => Promise.resolve() };
