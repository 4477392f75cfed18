import { createFieldManager } from '../api/apply/managed-fields.ts';
import { createConversionCheck } from '../api/patch/conversion-error.ts';
import { createStrategicMerge } from '../api/patch/strategic-merge-patch.ts';
import { ApiError } from '../api/meta/errors.ts';
import { services } from '../api/resources/core/service.ts';
import { resources as builtInResources } from '../api/resources/index.ts';
import { createCodec } from '../api/schema/codec.ts';
import { loadSchemaTable } from '../api/schema/schema-table.ts';
import type { Client } from '../client/client.ts';
import { createInProcessTransport } from '../client/in-process-transport.ts';
import { createClient } from '../client/rest-client.ts';
import type { Deps } from '../component/deps.ts';
import type { HealthCheck } from '../component/health.ts';
import { createAdmission } from './admission/create-admission.ts';
import { createUser, groupMasters, type Authenticator } from './authenticators/authenticator.ts';
import type { Auditor } from './audit/request-audit.ts';
import { createAuthenticator } from './authenticators/create-authenticator.ts';
import type { Authorizer } from './authorizers/authorizer.ts';
import { createAuthorizer } from './authorizers/create-authorizer.ts';
import type { ApiServerConfig } from './config.ts';
import { createDiscovery } from './discovery/discovery.ts';
import { versionInfo } from './discovery/version.ts';
import { createKubeletClient } from './kubelets/kubelet-client.ts';
import { createOpenApi } from './openapi/openapi.ts';
import { createHealthSlis } from './paths/health-slis.ts';
import { createHealth } from './paths/health.ts';
import { createPathHandler } from './paths/paths.ts';
import { createPipeline } from './pipeline.ts';
import { createPostStartHooks } from './post-start/post-start-hooks.ts';
import type { ApiRequest, Handler } from './request.ts';
import { BlockPool } from './rest/block-pool.ts';
import { createDigest } from './rest/digest.ts';
import { adminAccessHooks } from './rest/admin-access-hook.ts';
import { dispatch } from './rest/dispatch.ts';
import { ObjectStore } from './rest/object-store.ts';
import { createResourceIndex } from './rest/resource-index.ts';
import type { RestDeps } from './rest/rest-deps.ts';
import { issuerDocuments } from './service-accounts/issuer-discovery.ts';
import { createServiceAccountTokens } from './service-accounts/service-account-tokens.ts';
import { createSigningKeys } from './service-accounts/signing-keys.ts';
import { createClusterIPAllocator } from './service-allocation/cluster-ip-allocator.ts';
import { createNodePortAllocator } from './service-allocation/node-port-allocator.ts';
import { createServiceHook } from './service-allocation/service-hook.ts';
import { createFlowControl } from './stages/create-flow-control.ts';
import { createRequestDeadline } from './stages/request-deadline.ts';
import { createRequestMetrics } from './stages/request-metrics.ts';
import { createCacheReader } from './storage/watch-cache-reader.ts';
import type { Storage } from './storage/storage.ts';
import { runCompactor } from './storage/compactor.ts';
import { createWatchCache } from './storage/watch-cache.ts';

export interface ApiServerOptions {
  /** Writes down what requests do; absent: nobody does. */
  readonly auditor?: Auditor;
  /** What else must hold for the server to be healthy. */
  readonly healthChecks?: readonly HealthCheck[];
  /** The command line as `/flagz` shows it: texts by the names of flags. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly storage: Storage;
  readonly config: ApiServerConfig;
  readonly deps: Deps;
}

/** An API server without sockets: any number may live in one process, on one store or on several. */
export interface ApiServer {
  /** Answers a request; never rejects. Serves once `run` has been called. */
  readonly handle: Handler;
  /** Follows the store until the signal aborts, and stops serving then. */
  run(signal: AbortSignal): Promise<void>;
  /** Fails `/readyz` from now on; requests are served until the signal of `run` aborts. */
  beginShutdown(): void;
  /** Resolves once all is loaded and every object a server makes by itself is there. */
  readonly ready: Promise<void>;
  /** As system:apiserver, in process, past authorization. */
  readonly client: Client;
}

/**
 * Starts nothing: until `run` has loaded the cache, everything but health checks is answered with 429. The storage
 * stays the caller's, to be closed once `run` has resolved.
 */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { storage, config, deps, auditor, healthChecks = [], flags = {} } = options;
  const table = loadSchemaTable();
  const codec = createCodec(table);
  const resources = createResourceIndex(builtInResources);
  const digest = createDigest(builtInResources);
  const cache = createWatchCache({ storage, deps, digest });
  const reader = createCacheReader({
    cache,
    storage,
    rowOf: (ref) => resources.find(ref.group, ref.version, ref.plural),
  });
  const readerDeps = { ...deps, cache: reader };
  const serviceAccountTokens = config.serviceAccounts
    ? createServiceAccountTokens(config.serviceAccounts, {
        ...readerDeps,
        keys: createSigningKeys(config.serviceAccounts, deps),
      })
    : undefined;
  const authenticator = createAuthenticator({ ...config.authentication, serviceAccountTokens }, readerDeps);
  const authorizer = createAuthorizer(
    { modes: config.authorizationModes, links: config.authorizationLinks },
    readerDeps,
  );
  const metrics = createRequestMetrics(
    deps,
    (info) => resources.find(info.group, info.version, info.resource) !== undefined,
  );

  const client = createClient({
    transport: createInProcessTransport((request) => loopback(request)),
    userAgent: 'kube-apiserver',
  });
  const rest: RestDeps = {
    ...deps,
    codec,
    resources,
    objects: new ObjectStore({ storage, cache, codec, digest }),
    admission: createAdmission(config.admission, { ...readerDeps, client, authorizer }),
    authenticator,
    authorizer,
    serviceAccountTokens,
    fieldManager: createFieldManager(table),
    strategicMerge: createStrategicMerge(table),
    conversionCheck: createConversionCheck(table),
    hooks: new Map([
      ...adminAccessHooks(reader),
      [
        services.storagePrefix!,
        createServiceHook(
          {
            clusterIPs: createClusterIPAllocator({ ranges: config.serviceClusterIpRange, client, cache: reader, deps }),
            nodePorts: createNodePortAllocator({ range: config.serviceNodePortRange, storage, deps }),
          },
          deps,
        ),
      ],
    ]),
    kubelets: createKubeletClient(config.kubelets, deps),
    blocks: new BlockPool(),
    minRequestTimeoutSeconds: config.minRequestTimeoutSeconds,
    eventTtlSeconds: config.eventTtlSeconds,
  };
  const hooks = createPostStartHooks({ ...deps, client, cache, reader, storage, config });
  const slis = createHealthSlis();
  const health = createHealth({ deps, cache, storage, hooks, more: healthChecks, slis });
  const version = versionInfo();
  const discovery = createDiscovery({
    getRows: () => resources.all(),
    serverAddress: `${config.advertise.address}:${config.advertise.port}`,
    version,
    codec,
  });
  const openApi = createOpenApi({ getRows: () => resources.all(), table, gitVersion: version.gitVersion, deps });
  const { requestTimeoutMs } = config;
  const flow = createFlowControl(readerDeps, {
    ...config.flowControl,
    requestTimeoutMs,
    countObjects: (group, resource) => {
      const prefix = resources.prefixOf(group, resource);
      return prefix === undefined ? undefined : cache.count(prefix);
    },
  });
  const paths = createPathHandler({
    metrics: deps.metrics,
    slis: slis.registry,
    zPages: { flags, version, deps },
    discovery,
    openApi,
    issuerDocuments:
      serviceAccountTokens &&
      issuerDocuments(serviceAccountTokens, {
        jwksUri: config.serviceAccounts?.jwksUri,
        externalAddress: `${config.advertise.address}:${config.advertise.port}`,
      }),
    texts: flow.dump,
    otherPaths: health.paths,
  });
  const stages = {
    metrics,
    deps,
    codec,
    // Who may ask is decided by objects that are not there yet while the cache loads.
    beforeAuthentication: (request: ApiRequest) =>
      cache.synced ? undefined : (health.handle(request) ?? Promise.reject(initializing())),
    dispatch: ((request, info, user, warnings) =>
      info.isResource
        ? dispatch(rest, request, info, user, warnings)
        : (health.handle(request) ?? paths(request))) satisfies Parameters<typeof createPipeline>[0]['dispatch'],
  };
  const loopback = createPipeline({ ...stages, authenticator: ownAuthenticator, authorizer: allowAll, auditor });
  return {
    handle: createPipeline({
      ...stages,
      authenticator,
      authorizer,
      auditor,
      deadline: createRequestDeadline(deps.clock, { requestTimeoutMs }),
      flowControl: flow.control,
    }),
    client,
    ready: hooks.done,
    beginShutdown: health.stop,
    run: async (signal) => {
      signal.addEventListener('abort', () => health.stop(), { once: true });
      const following = cache.run(signal);
      const controlling = flow.run(signal);
      const compacting = config.compactionIntervalMs
        ? runCompactor(
            { storage, deps, intervalMs: config.compactionIntervalMs, onCompact: (to) => cache.forgetBefore(to) },
            signal,
          )
        : undefined;
      await cache.waitForSync(signal).then(
        () => hooks.run(signal),
        () => {},
      );
      await Promise.all([following, compacting, controlling]);
      await rest.admission.close();
    },
  };
}

/** Upstream's words; clients wait and ask again. */
function initializing(): ApiError {
  return new ApiError('TooManyRequests', 'storage is (re)initializing', { details: { retryAfterSeconds: 1 } });
}

const ownUser = createUser({ name: 'system:apiserver', groups: [groupMasters, 'system:authenticated'] });
const ownAuthenticator: Authenticator = {
  authenticate: () => Promise.resolve(ownUser),
  reviewToken: () => Promise.resolve({ kind: 'none' }),
};
const allowAll: Authorizer = { name: 'AlwaysAllow', authorize: () => ({ kind: 'allow', reason: '' }) };
